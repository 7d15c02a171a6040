import { invalidOption } from '@errand/core/checks';

/** @throws ExecError `EXEC_INVALID_OPTION` for an option that there is not: a misspelt one is not silently without effect. */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidOption(unknown, 'there is no such option', known.join(', '));
}
