import type { Executor, Health } from '../executor.ts';
import type { QueueHealth } from './queue-health.ts';

/** An executor whose commands wait for their turns, with what there is to do about that. */
export interface QueuedExecutor extends Executor {
  /** Gives no turn to anybody until `resume()`; what runs goes on. */
  pause(): void;
  resume(): void;
  /** Takes nothing new from now on (`EXEC_CLOSED`); resolves when all that waits and runs is over. Paused, it waits for `resume()`. */
  drain(): Promise<void>;
  /**
   * How many of its tenant and priority are before an execution that waits; undefined for one that does not.
   *
   * @param executionId `execution.id`
   */
  position(executionId: string): number | undefined;
  /**
   * Puts an execution that waits at the end of its tenant's line in another priority, and says whether it waited.
   *
   * @throws ExecError `EXEC_INVALID_OPTION`
   */
  setPriority(executionId: string, priority: 'high' | 'normal' | 'low' | number): boolean;
  /**
   * Changes how many run at once: 1 … 100,000. Where that is fewer than run, none of these is ended.
   *
   * @throws ExecError `EXEC_INVALID_OPTION`
   */
  setConcurrency(concurrency: number): void;
  /**
   * Changes a tenant's share in the time of turns to come: 0.001 … 1,000.
   *
   * @throws ExecError `EXEC_INVALID_OPTION`
   */
  setWeight(tenant: string, weight: number): void;
  health(options?: { readonly signal?: AbortSignal }): Promise<Health & { readonly queue: QueueHealth }>;
}
