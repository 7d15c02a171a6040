import { NotStarted } from '../driver.ts';
import { ExecError, isExecError } from '../errors.ts';
import type { Turn, TurnRequest } from '../turn.ts';

/** Waits as `Turn` says, and rejects as a run expects it of what did not start. */
export async function waitForTurn(turn: Turn, request: TurnRequest): Promise<void> {
  try {
    await turn(request);
  } catch (fault) {
    throw new NotStarted(isExecError(fault) ? fault : unavailable(fault));
  }
}

function unavailable(cause: unknown): ExecError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ExecError('EXEC_UNAVAILABLE', `turn: it rejected, so nothing was started: ${why}.`, { cause });
}
