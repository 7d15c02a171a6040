import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ExecError, type ProcessExit } from '@errand/core';
import { orAborted } from '@errand/core/waiting';
import { isRefusal, orAbsent } from '../api/cluster-refusal.ts';
import type { Pod } from '../api/kube-objects.ts';
import { Watch } from '../api/watch.ts';
import type { Cluster } from '../cluster.ts';
import { clusterFault } from '../k8s-errors.ts';
import type { K8sExecutorOptions } from '../k8s-options.ts';
import { KEEPER } from './keeper.ts';
import { removeLeftOverPods } from './left-overs.ts';
import { OutOfMemoryCount } from './out-of-memory-count.ts';
import { MANAGED, MANAGED_LABEL, OWNER_LABEL, podsPath } from './owner.ts';
import { OwnerLease } from './owner-lease.ts';
import { containerStatus, podEnd } from './pod-end.ts';
import type { PodSource, RunningPod } from './pod-source.ts';
import { CONTAINER, DEFAULT_LIMITS, podTemplate } from './pod-template.ts';
import { startFault, waitsFor } from './start-fault.ts';

/** For the cluster to answer what nobody gives up. */
const ANSWER_MS = 10_000;
/** For a pod to be gone. */
const GONE_MS = 30_000;
/** Where nobody says how long a command waits for one. */
const MAKE_MS = 300_000;

interface Made extends RunningPod {
  readonly outOfMemory: OutOfMemoryCount;
  /** It is listened to until then. */
  readonly letGo: () => void;
}

/**
 * A pod that is made when it is first needed, and made anew where it is gone. It is removed by `close()`; one of a client that died, by the next
 * client, when its Lease is over.
 */
export class MadePod implements PodSource {
  readonly #cluster: Cluster;
  readonly #options: K8sExecutorOptions;
  readonly #owner: string;
  readonly #watch: Watch<Pod>;
  readonly #closing = new AbortController();
  readonly #makings = new Set<Promise<unknown>>();
  /** What is to be gone when it is closed. */
  readonly #names = new Set<string>();
  #lease: OwnerLease | undefined;
  #making: Promise<Made> | undefined;
  #made: Made | undefined;
  #pending: string | undefined;
  #hasSwept = false;

  constructor(cluster: Cluster, options: K8sExecutorOptions, executorMarker: string) {
    this.#cluster = cluster;
    this.#options = options;
    this.#owner = `errand-${executorMarker.slice(0, 20)}`;
    const labelSelector = `${OWNER_LABEL}=${this.#owner}`;
    this.#watch = new Watch(cluster.api, async () => podsPath(await cluster.namespace()), { labelSelector });
  }

  get waitsFor(): string | undefined {
    return this.#pending;
  }

  async ready(signal: AbortSignal): Promise<RunningPod> {
    this.#closing.signal.throwIfAborted();
    // Whoever gives up leaves it to the next.
    this.#making ??= this.#begin();
    return orAborted(this.#making, signal);
  }

  lost(pod: RunningPod): boolean {
    if (this.#made?.id === pod.id) this.#forget(this.#made);
    return true;
  }

  async endOf(running: RunningPod, signal: AbortSignal): Promise<ProcessExit | undefined> {
    const last = this.#watch.get(running.name) ?? this.#last;
    const pod = await orAbsent(this.#cluster.api.get<Pod>(podsPath(running.namespace, running.name), signal));
    return podEnd(pod, running.container, last?.metadata.name === running.name ? last : undefined);
  }

  ranOutOfMemory(pod: RunningPod, inside: string, since: number): boolean {
    const made = this.#made;
    const isLimited = (this.#options.limits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes) !== false;
    return isLimited && made?.id === pod.id && made.outOfMemory.hasGrown(inside, since);
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#cluster.api.get(podsPath(await this.#cluster.namespace()), signal, {
      labelSelector: `${OWNER_LABEL}=${this.#owner}`,
      limit: 1,
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(new ExecError('EXEC_CLOSED', 'The executor is closed.'));
    const signal = AbortSignal.timeout(GONE_MS);
    await Promise.race([Promise.allSettled([...this.#makings]), delay(GONE_MS, undefined, { ref: false })]);
    // Where the cluster does not answer, its next client removes them.
    await Promise.all([...this.#names].map((name) => this.#remove(name, signal).catch(() => {})));
    await this.#lease?.release(signal).catch(() => {});
    this.#watch.close();
  }

  #last: Pod | undefined;

  #begin(): Promise<Made> {
    const making = this.#make();
    this.#makings.add(making);
    const over = (): void => void this.#makings.delete(making);
    making.then(over, over);
    making.catch(() => {
      if (this.#making === making) this.#making = undefined;
    });
    return making;
  }

  async #make(): Promise<Made> {
    const closing = this.#closing.signal;
    const late = AbortSignal.timeout(this.#options.defaults?.startTimeoutMs ?? MAKE_MS);
    const signal = AbortSignal.any([closing, late]);
    const name = `errand-${randomBytes(8).toString('hex')}`;
    let letGo: () => void = () => {};
    try {
      const namespace = await this.#cluster.namespace();
      await this.#hold(namespace, signal);
      await this.#sweep(namespace, signal);
      const { promise, listener } = this.#whenRunning();
      letGo = this.#watch.on(name, listener);
      await orAborted(this.#watch.listed, signal);
      await this.#create(namespace, name, signal);
      const pod = await orAborted(promise, signal);
      const made = { namespace, name, container: CONTAINER, id: pod.metadata.uid ?? name, outOfMemory: new OutOfMemoryCount(), letGo };
      this.#made = made;
      this.#pending = undefined;
      return made;
    } catch (fault) {
      letGo();
      const words = this.#pending;
      this.#pending = undefined;
      await this.#remove(name, AbortSignal.timeout(ANSWER_MS)).catch(() => {});
      if (closing.aborted) throw closing.reason;
      throw late.aborted ? tooLate(words, fault) : clusterFault(fault);
    }
  }

  /** Listens to a pod for as long as it is ours. */
  #whenRunning(): { promise: Promise<Pod>; listener: (pod: Pod | undefined, last: Pod | undefined) => void } {
    const { promise, resolve, reject } = Promise.withResolvers<Pod>();
    promise.catch(() => {});
    const image = this.#options.image ?? '';
    const listener = (pod: Pod | undefined, last: Pod | undefined): void => {
      this.#last = pod ?? last;
      const made = this.#made;
      if (made && made.name === this.#last?.metadata.name) {
        if (podEnd(pod, CONTAINER)) this.#forget(made);
        return;
      }
      if (!pod || pod.metadata.deletionTimestamp !== undefined)
        reject(new ExecError('EXEC_UNAVAILABLE', 'The pod was removed before it ran, so nothing was started.'));
      else if (containerStatus(pod, CONTAINER)?.state?.running) resolve(pod);
      else {
        this.#pending = waitsFor(pod);
        const fault = startFault(pod, CONTAINER, image);
        if (fault) reject(fault);
      }
    };
    return { promise, listener };
  }

  async #hold(namespace: string, signal: AbortSignal): Promise<void> {
    this.#lease ??= new OwnerLease(this.#cluster.api, namespace, this.#owner);
    await this.#lease.hold(signal);
  }

  /** It is not worth a command that the cluster refuses it. */
  async #sweep(namespace: string, given: AbortSignal): Promise<void> {
    if (this.#hasSwept) return;
    this.#hasSwept = true;
    const signal = AbortSignal.any([given, AbortSignal.timeout(ANSWER_MS)]);
    await removeLeftOverPods(this.#cluster.api, namespace, signal).catch(() => {});
    given.throwIfAborted();
  }

  async #create(namespace: string, name: string, signal: AbortSignal): Promise<void> {
    const { metadata, spec } = podTemplate(this.#options, {
      labels: { [MANAGED_LABEL]: MANAGED, [OWNER_LABEL]: this.#owner },
      container: { command: KEEPER },
      pod: { terminationGracePeriodSeconds: 1 },
    });
    this.#names.add(name);
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name }, spec };
    try {
      await this.#cluster.api.ask({ method: 'POST', path: podsPath(namespace), body, signal, isHarmless: true });
    } catch (fault) {
      // Nobody else has that name: the answer to the first try was lost.
      if (!isRefusal(fault, 409)) throw fault;
    }
  }

  #forget(made: Made): void {
    if (this.#made !== made) return;
    this.#made = undefined;
    this.#making = undefined;
    made.letGo();
    // One that failed stays until somebody removes it.
    this.#remove(made.name, AbortSignal.timeout(GONE_MS)).catch(() => {});
  }

  /** Resolves once it is gone. */
  async #remove(name: string, signal: AbortSignal): Promise<void> {
    if (!this.#names.has(name)) return;
    const path = podsPath(await this.#cluster.namespace(), name);
    await this.#cluster.api.remove(path, signal);
    while (await orAbsent(this.#cluster.api.get(path, signal))) await delay(200, undefined, { signal, ref: false });
    this.#names.delete(name);
  }
}

function tooLate(words: string | undefined, cause: unknown): ExecError {
  const why = words === undefined ? '' : `, since ${words}`;
  return new ExecError('EXEC_START_TIMEOUT', `The pod did not start in time, so nothing ran${why}. It was removed.`, { cause });
}
