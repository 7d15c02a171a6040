import { NotStarted } from '../driver.ts';
import { ExecError, isExecError } from '../errors.ts';

/** What a start rejects with where the environment for it did not come: `fault` is an `ExecError`, or why the start was given up. */
export function notBased(fault: unknown): NotStarted {
  if (isExecError(fault)) return new NotStarted(fault);
  return new NotStarted(new ExecError('EXEC_START_TIMEOUT', 'The start was given up, and nothing ran.', { cause: fault }));
}
