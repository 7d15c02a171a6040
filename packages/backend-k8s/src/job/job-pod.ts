import { setTimeout as delay } from 'node:timers/promises';
import type { Pod } from '../api/kube-objects.ts';
import { hasEnded, hasRun, takenAway } from './pod-state.ts';

/** How much later than it was to a pod may be gone that is taken from its node, before nobody is taken to be there who could end it. */
const LOST_MS = 5_000;
/** How long the pod's own state may come after its log's end. */
const STATE_MS = 5_000;

/** The pod of a Job, as far as the cluster tells of it. */
export class JobPod {
  /** As it was seen last; undefined before there is one. */
  pod: Pod | undefined;
  /** It is not there any more. */
  isRemoved = false;
  #changed = Promise.withResolvers<void>();

  get name(): string | undefined {
    return this.pod?.metadata.name;
  }

  /** Whether nothing of it runs any more. */
  get isOver(): boolean {
    return this.isRemoved || (this.pod !== undefined && hasEnded(this.pod));
  }

  /** Whether it is over before its container ran. */
  get ranNothing(): boolean {
    return this.pod !== undefined && this.isOver && !hasRun(this.pod);
  }

  /** @param pod Undefined where it was removed; it was `last` then. */
  see(pod: Pod | undefined, last: Pod | undefined): void {
    this.pod = pod ?? last ?? this.pod;
    this.isRemoved = pod === undefined;
    this.tellChange();
  }

  /** Resolves at the next news of it, or of its log. */
  change(): Promise<void> {
    return this.#changed.promise;
  }

  tellChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Who took it away: it says so itself, a moment before or after its log. */
  async whoTookIt(): Promise<NonNullable<ReturnType<typeof takenAway>>> {
    const late = delay(STATE_MS, 'late' as const, { ref: false });
    for (;;) {
      const away = this.pod && takenAway(this.pod);
      // Before it is evicted it may look removed only.
      if (away && (away.cause !== 'removed' || this.isOver)) return away;
      if ((await Promise.race([this.change(), late])) === 'late') return away ?? { cause: 'removed', reason: 'its pod was taken away' };
    }
  }

  /** Of one that is taken from its node: whether that node is gone, of which nobody tells. A node that lives ends its pods in time. */
  async isLost(now: number, signal: AbortSignal): Promise<boolean> {
    const left = Math.max(0, Date.parse(this.pod?.metadata.deletionTimestamp ?? '') - now);
    await delay(left + LOST_MS, undefined, { ref: false, signal }).catch(() => {});
    return !this.isOver;
  }
}
