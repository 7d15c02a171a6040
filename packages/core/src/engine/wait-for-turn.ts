import { NotStarted } from '../driver.ts';
import { ExecError, isExecError } from '../errors.ts';
import type { SpawnOptions } from '../options.ts';
import type { Turn, TurnRequest } from '../turn.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** Who waits, and what was asked of the queue. */
export interface Waiter extends Pick<TurnRequest, 'executionId' | 'target' | 'signal' | 'released'> {
  readonly options: Pick<ResolvedOptions, 'tenant' | 'labels'>;
  readonly asked: Pick<SpawnOptions, 'priority' | 'queueTimeoutMs'>;
}

/** Waits as `Turn` says, and rejects as a run expects it of what did not start. */
export function waitForTurn(turn: Turn, { options: { tenant, labels }, asked, ...waiter }: Waiter): Promise<void> {
  const { priority, queueTimeoutMs } = asked;
  const request = {
    ...waiter,
    labels,
    ...(tenant !== undefined && { tenant }),
    ...(priority !== undefined && { priority }),
    ...(queueTimeoutMs !== undefined && { queueTimeoutMs }),
  };
  // No async functions on the way: what each of them holds, a million waiters would have a million times.
  try {
    return Promise.resolve(turn(request)).catch(notStarted);
  } catch (fault) {
    return Promise.reject(asNotStarted(fault));
  }
}

function notStarted(fault: unknown): never {
  throw asNotStarted(fault);
}

function asNotStarted(fault: unknown): NotStarted {
  return new NotStarted(isExecError(fault) ? fault : unavailable(fault));
}

function unavailable(cause: unknown): ExecError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ExecError('EXEC_UNAVAILABLE', `turn: it rejected, so nothing was started: ${why}.`, { cause });
}
