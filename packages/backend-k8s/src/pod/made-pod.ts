import { setTimeout as delay } from 'node:timers/promises';
import { ExecError, type ProcessExit } from '@errand/core';
import { orAborted } from '@errand/core/waiting';
import { orAbsent } from '../api/cluster-refusal.ts';
import type { Pod } from '../api/kube-objects.ts';
import { Watch } from '../api/watch.ts';
import type { Cluster } from '../cluster.ts';
import type { K8sExecutorOptions } from '../k8s-options.ts';
import { KEEPER } from './keeper.ts';
import { removeLeftOverPods } from './left-overs.ts';
import { OnePod } from './one-pod.ts';
import { MANAGED, MANAGED_LABEL, OWNER_LABEL, podsPath } from './owner.ts';
import { OwnerLease } from './owner-lease.ts';
import { podEnd } from './pod-end.ts';
import type { PodSource, RunningPod } from './pod-source.ts';
import { DEFAULT_LIMITS, podTemplate } from './pod-template.ts';

/** For the cluster to answer what nobody gives up. */
const ANSWER_MS = 10_000;
/** For all pods to be gone. */
const GONE_MS = 40_000;
/** Where nobody says how long a command waits for one. */
const START_MS = 300_000;
/** What takes the place of a spare is made a moment after: making one slows the others down. */
const FILL_MS = 250;
/** Of so many pods that ended it is remembered how. */
const REMEMBERED = 16;

/**
 * A pod that is made when it is first needed, and made anew where it is gone, or taken from those that were made ahead. It is removed by `close()`; one of
 * a client that died, by the next client, when its Lease is over.
 */
export class MadePod implements PodSource {
  readonly #cluster: Cluster;
  readonly #options: K8sExecutorOptions;
  readonly #owner: string;
  readonly #watch: Watch<Pod>;
  readonly #closing = new AbortController();
  /** All that may be there. */
  readonly #pods = new Set<OnePod>();
  readonly #spares = new Set<OnePod>();
  readonly #ended: OnePod[] = [];
  #lease: OwnerLease | undefined;
  #preparing: Promise<void> | undefined;
  #current: OnePod | undefined;

  constructor(cluster: Cluster, options: K8sExecutorOptions, executorMarker: string) {
    this.#cluster = cluster;
    this.#options = options;
    this.#owner = `errand-${executorMarker.slice(0, 20)}`;
    const labelSelector = `${OWNER_LABEL}=${this.#owner}`;
    this.#watch = new Watch(cluster.api, async () => podsPath(await cluster.namespace()), { labelSelector });
  }

  get waitsFor(): string | undefined {
    return this.#current?.waitsFor;
  }

  async ready(signal: AbortSignal): Promise<RunningPod> {
    this.#closing.signal.throwIfAborted();
    // Whoever gives up leaves it to the next.
    const current = this.#current ?? this.#take();
    return orAborted(current.running, signal);
  }

  lost({ name }: RunningPod): boolean {
    const lost = [...this.#pods].find((pod) => pod.name === name);
    if (lost) this.#drop(lost);
    return true;
  }

  async endOf(running: RunningPod, signal: AbortSignal): Promise<ProcessExit | undefined> {
    const known = [...this.#pods, ...this.#ended].find(({ name }) => name === running.name)?.last;
    const pod = await orAbsent(this.#cluster.api.get<Pod>(podsPath(running.namespace, running.name), signal));
    return podEnd(pod, running.container, known);
  }

  ranOutOfMemory({ name }: RunningPod, inside: string, since: number): boolean {
    const isLimited = (this.#options.limits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes) !== false;
    const pod = this.#current;
    return isLimited && pod?.name === name && pod.outOfMemory.hasGrown(inside, since);
  }

  async check(signal: AbortSignal): Promise<void> {
    const query = { labelSelector: `${OWNER_LABEL}=${this.#owner}`, limit: 1 };
    await this.#cluster.api.get(podsPath(await this.#cluster.namespace()), signal, query);
  }

  async close(): Promise<void> {
    this.#closing.abort(new ExecError('EXEC_CLOSED', 'The executor is closed.'));
    const ended = Promise.allSettled([...this.#pods].map((pod) => pod.end()));
    await Promise.race([ended, delay(GONE_MS, undefined, { ref: false })]);
    await this.#lease?.release(AbortSignal.timeout(ANSWER_MS)).catch(() => {});
    this.#watch.close();
  }

  /** A spare, be it made still, or a new one. */
  #take(): OnePod {
    const [spare = this.#make()] = this.#spares;
    this.#spares.delete(spare);
    this.#current = spare;
    const fill = (): void => void setTimeout(() => this.#fill(), FILL_MS).unref();
    spare.running.then(fill, () => {});
    return spare;
  }

  #fill(): void {
    const { warm = 0 } = this.#options;
    while (!this.#closing.signal.aborted && this.#spares.size < warm) this.#spares.add(this.#make());
  }

  #make(): OnePod {
    const pod = new OnePod({
      cluster: this.#cluster,
      watch: this.#watch,
      template: podTemplate(this.#options, {
        labels: { [MANAGED_LABEL]: MANAGED, [OWNER_LABEL]: this.#owner },
        container: { command: KEEPER },
        pod: { terminationGracePeriodSeconds: 1 },
      }),
      prepare: (signal) => this.#prepare(signal),
      startMs: this.#options.defaults?.startTimeoutMs ?? START_MS,
    });
    this.#pods.add(pod);
    pod.onEnd = () => this.#drop(pod);
    // Whoever needs one that could not be made is told why.
    pod.running.catch(() => this.#drop(pod));
    return pod;
  }

  /** It runs no more: the next command has another. One that failed stays in the cluster until somebody removes it. */
  #drop(pod: OnePod): void {
    if (this.#current === pod) this.#current = undefined;
    this.#spares.delete(pod);
    if (!this.#ended.includes(pod)) this.#ended.push(pod);
    this.#ended.splice(0, this.#ended.length - REMEMBERED);
    pod.end().then(
      () => this.#pods.delete(pod),
      () => {},
    );
  }

  /** Before the first pod there is its Lease; and what others left is removed. */
  async #prepare(signal: AbortSignal): Promise<void> {
    this.#preparing ??= this.#hold().catch((fault: unknown) => {
      this.#preparing = undefined;
      throw fault;
    });
    await orAborted(this.#preparing, signal);
  }

  async #hold(): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ANSWER_MS)]);
    const namespace = await this.#cluster.namespace();
    this.#lease ??= new OwnerLease(this.#cluster.api, namespace, this.#owner);
    await this.#lease.hold(signal);
    // It is not worth a command that the cluster refuses this.
    await removeLeftOverPods(this.#cluster.api, namespace, signal).catch(() => {});
  }
}
