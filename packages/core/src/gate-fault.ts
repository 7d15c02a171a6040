import { ExecError, isExecError } from './errors.ts';
import { messageOf } from './message-of.ts';

/** What a command's callers are told where what it waits for failed in place of letting it in: nothing was started. */
export function gateFault(gate: 'turn' | 'quota', cause: unknown): ExecError {
  if (isExecError(cause)) return cause;
  return new ExecError('EXEC_UNAVAILABLE', `${gate}: it failed, so nothing was started: ${messageOf(cause)}.`, { cause });
}
