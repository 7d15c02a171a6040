import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ExecError } from '@errand/core';
import { OutOfMemoryCount } from '@errand/core/container';
import { orAborted } from '@errand/core/waiting';
import { isRefusal, orAbsent } from '../api/cluster-refusal.ts';
import type { Pod, PodTemplate } from '../api/kube-objects.ts';
import type { Watch } from '../api/watch.ts';
import type { Cluster } from '../cluster.ts';
import { clusterFault } from '../k8s-errors.ts';
import { podsPath } from './owner.ts';
import { containerStatus, podEnd } from './pod-end.ts';
import type { RunningPod } from './pod-source.ts';
import { CONTAINER, containerOf } from './pod-template.ts';
import { startFault, waitsFor } from './start-fault.ts';

/** For a pod to be gone. */
const GONE_MS = 30_000;
const LOOK_MS = 200;

/** What pods are made of. */
export interface OnePodParts {
  readonly cluster: Cluster;
  /** Of all pods of this executor. */
  readonly watch: Watch<Pod>;
  readonly template: PodTemplate;
  /** Resolves once a pod may be made. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  /** For one to run. */
  readonly startMs: number;
}

/** One pod, from its making to its removal. */
export class OnePod {
  readonly name: string = `errand-${randomBytes(8).toString('hex')}`;
  /** Resolves once it runs; rejects with an `ExecError` where it never will, and was removed. */
  readonly running: Promise<RunningPod>;
  readonly outOfMemory: OutOfMemoryCount = new OutOfMemoryCount();
  /** As it was seen last. */
  last: Pod | undefined;
  /** Called when it is known not to run any more. */
  onEnd: () => void = () => {};
  readonly #parts: OnePodParts;
  readonly #ending = new AbortController();
  readonly #ran = Promise.withResolvers<Pod>();
  #pending: string | undefined;
  #letGo: () => void = () => {};
  #isRunning = false;
  #mayBeThere = false;
  #removing: Promise<void> | undefined;

  constructor(parts: OnePodParts) {
    this.#parts = parts;
    this.#ran.promise.catch(() => {});
    this.running = this.#make();
    this.running.catch(() => {});
  }

  /** Until it runs: what it waits for, as a clause. */
  get waitsFor(): string | undefined {
    return this.#pending;
  }

  /** Resolves once it is gone. Rejects where the cluster does not say so in time: then its next client removes it. */
  end(): Promise<void> {
    this.#ending.abort(new ExecError('EXEC_CLOSED', 'The executor is closed.'));
    this.#removing ??= this.#remove().catch((fault: unknown) => {
      this.#removing = undefined;
      throw fault;
    });
    return this.#removing;
  }

  async #make(): Promise<RunningPod> {
    const { cluster, watch, prepare, startMs } = this.#parts;
    const late = AbortSignal.timeout(startMs);
    const signal = AbortSignal.any([this.#ending.signal, late]);
    try {
      const namespace = await cluster.namespace();
      await prepare(signal);
      this.#letGo = watch.on(this.name, (pod, last) => this.#see(pod, last));
      await orAborted(watch.listed, signal);
      await this.#create(namespace, signal);
      const { metadata } = await orAborted(this.#ran.promise, signal);
      return { namespace, name: this.name, container: CONTAINER, id: metadata.uid ?? this.name };
    } catch (fault) {
      const words = this.#pending;
      const ending = this.#ending.signal;
      const why = ending.aborted ? ending.reason : late.aborted ? tooLate(words, fault) : clusterFault(fault);
      this.end().catch(() => {});
      throw why;
    } finally {
      this.#pending = undefined;
    }
  }

  async #create(namespace: string, signal: AbortSignal): Promise<void> {
    const { metadata, spec } = this.#parts.template;
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: this.name }, spec };
    this.#mayBeThere = true;
    try {
      await this.#parts.cluster.api.ask({ method: 'POST', path: podsPath(namespace), body, signal, isHarmless: true });
    } catch (fault) {
      // Nobody else has that name: the answer to the first try was lost.
      if (isRefusal(fault, 409) && fault.reason === 'AlreadyExists') return;
      if (isRefusal(fault) && fault.code < 500) this.#mayBeThere = false;
      throw fault;
    }
  }

  #see(pod: Pod | undefined, last: Pod | undefined): void {
    this.last = pod ?? last;
    if (this.#isRunning) {
      if (podEnd(pod, CONTAINER)) this.onEnd();
    } else if (!pod || pod.metadata.deletionTimestamp !== undefined)
      this.#ran.reject(new ExecError('EXEC_UNAVAILABLE', 'The pod was removed before it ran, so nothing was started.'));
    else if (containerStatus(pod, CONTAINER)?.state?.running) {
      this.#isRunning = true;
      this.#ran.resolve(pod);
    } else {
      this.#pending = waitsFor(pod);
      const fault = startFault(pod, CONTAINER, String(containerOf(this.#parts.template.spec)?.['image'] ?? ''));
      if (fault) this.#ran.reject(fault);
    }
  }

  async #remove(): Promise<void> {
    await this.running.catch(() => {});
    this.#letGo();
    if (!this.#mayBeThere) return;
    const { api } = this.#parts.cluster;
    const signal = AbortSignal.timeout(GONE_MS);
    const path = podsPath(await this.#parts.cluster.namespace(), this.name);
    await api.remove(path, signal);
    while (await orAbsent(api.get(path, signal))) await delay(LOOK_MS, undefined, { signal, ref: false });
    this.#mayBeThere = false;
  }
}

function tooLate(words: string | undefined, cause: unknown): ExecError {
  const why = words === undefined ? '' : `, since ${words}`;
  return new ExecError('EXEC_START_TIMEOUT', `The pod did not start in time, so nothing ran${why}. It is removed.`, { cause });
}
