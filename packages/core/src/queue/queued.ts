import type { Executor } from '../executor.ts';
import { checkQueueOptions, type QueueOptions } from './queue-options.ts';
import type { QueuedExecutor } from './queued-executor.ts';
import { QueueingExecutor } from './queueing-executor.ts';

/**
 * Lets commands of an executor wait for their turns: `concurrency` run at once; who is next is decided by `priority`, and among equals
 * by fair shares of tenants in the time of turns (`tenant`, `weights`), so that one who floods the queue holds up nobody but itself. Of eight turns seven
 * go by priority and one to whatever priority has had none for the longest time, so nobody waits for ever.
 *
 * A command that waits is `queued`: nothing of it was sent. Aborting it, `kill()` and `queueTimeoutMs` take it out, and it certainly did
 * not start. `startTimeoutMs` and `timeoutMs` begin when it has its turn, which ends with its process (`released`). A session's commands
 * wait one by one, a terminal waits to be opened; what opens a session, and files, do not.
 *
 * A `quota` is asked when a command is submitted. Whom it refuses rejects at once with `EXEC_QUOTA`; one that is above what its quota
 * lets run at once waits, and others pass it.
 *
 * Closing it closes the executor, whose commands are cancelled as they are without a queue.
 *
 * @example
 * await using executor = queued(localExecutor(), { concurrency: 4, weights: { ci: 2 } });
 * await executor.exec('make', { tenant: 'ci', priority: 'high', queueTimeoutMs: 60_000 });
 *
 * @throws ExecError `EXEC_INVALID_OPTION`
 */
export function queued(executor: Executor, options: QueueOptions): QueuedExecutor {
  return new QueueingExecutor(executor, checkQueueOptions(options));
}
