/** How a queue does. */
export interface QueueHealth {
  /** How many wait. */
  readonly queued: number;
  /** How many have a turn. */
  readonly running: number;
  readonly concurrency: number;
  readonly paused: boolean;
  /** Milliseconds that the one has waited who has waited longest; 0 where nobody waits. */
  readonly oldestWaitMs: number;
  /** Of each priority in which somebody waits, the greatest first. */
  readonly classes: readonly { readonly priority: string; readonly queued: number; readonly oldestWaitMs: number }[];
  /** Of each tenant that waits or runs; '' stands for those without one. */
  readonly tenants: readonly { readonly tenant: string; readonly queued: number; readonly running: number }[];
}
