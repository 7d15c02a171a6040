import { invalidOption } from '@errand/core/checks';

/**
 * What the option `by` gave, which types alone do not bind: a promise or a number would be another subject for each command.
 *
 * @throws ExecError `EXEC_INVALID_OPTION`
 */
export function checkedSubject(given: unknown): string | undefined {
  if (given === undefined || typeof given === 'string') return given;
  // One that rejects would end the process.
  if (isPromise(given)) given.then(undefined, () => {});
  throw invalidOption('by', `gave ${nameOf(given)}, so nothing was started`, 'a string or undefined, at once and not as a promise');
}

function isPromise(given: unknown): given is PromiseLike<unknown> {
  return typeof Object(given).then === 'function';
}

function nameOf(given: unknown): string {
  if (given === null) return 'null';
  if (isPromise(given)) return 'a promise';
  return typeof given === 'object' ? 'an object' : `a ${typeof given}`;
}
