import { ExecError } from '@errand/core';

/** An `EXEC_INVALID_OPTION`: which option or argument, what is wrong with it, what would be right. */
export function invalidOption(option: string, wrong: string, allowed: string): ExecError {
  return new ExecError('EXEC_INVALID_OPTION', `${option}: ${wrong}. Allowed: ${allowed}.`, { detail: { option } });
}
