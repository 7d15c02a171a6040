import { ExecError } from '@errand/core';

/** An `EXEC_INVALID_OPTION`: which option or argument, what is wrong with it, what would be right. */
export function invalidOption(option: string, wrong: string, allowed: string): ExecError {
  return new ExecError('EXEC_INVALID_OPTION', `${option}: ${wrong}. Allowed: ${allowed}.`, { detail: { option } });
}

/** @throws ExecError `EXEC_INVALID_OPTION` for an option that there is not: a misspelt one is not silently without effect. */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidOption(unknown, 'there is no such option', known.join(', '));
}
