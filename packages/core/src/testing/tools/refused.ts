import assert from 'node:assert/strict';
import { type ExecError, type ExecErrorCode, isExecError } from '../../errors.ts';

/** What `promise` rejects with; fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const settled = await Promise.allSettled([promise]);
  const [first] = settled;
  assert.equal(first?.status, 'rejected', 'It should have been rejected, and it resolved.');
  return first.status === 'rejected' ? first.reason : undefined;
}

/** Asserts that `promise` rejects with an `ExecError` of this code, and gives it. */
export async function refused(promise: Promise<unknown>, code: ExecErrorCode): Promise<ExecError> {
  const error = await rejection(promise);
  assert.ok(isExecError(error), `Expected an ExecError ${code}, got ${String(error)}.`);
  assert.equal(error.code, code, `Expected ${code}, got ${error.code}: ${error.message}`);
  assert.ok(error.message.length > 10, `The message of ${code} should say what to do: "${error.message}"`);
  return error;
}

/**
 * Asserts that `promise` rejects with `EXEC_INVALID_OPTION` that names one of these options (or a member of it, as in
 * `env.NAME`) and says what is allowed.
 */
export async function refusedOption(promise: Promise<unknown>, ...options: readonly string[]): Promise<void> {
  const error = await refused(promise, 'EXEC_INVALID_OPTION');
  const named = error.detail.option;
  const expected = options.join(' or ');
  assert.ok(named !== undefined && options.some((option) => isOrIsIn(named, option)), `detail.option is ${named}, expected ${expected}.`);
  assert.ok(error.message.includes(named.split(/[.[]/)[0] ?? ''), `The message should name ${named}: "${error.message}"`);
  assert.match(error.message, /allowed/i, `The message should say what is allowed: "${error.message}"`);
}

/** Asserts that `promise` rejects with `EXEC_NOT_SUPPORTED`, naming the option where one is given. */
export async function refusedAsUnsupported(promise: Promise<unknown>, option?: string): Promise<void> {
  const error = await refused(promise, 'EXEC_NOT_SUPPORTED');
  const named = error.detail.option;
  if (option !== undefined) assert.ok(named !== undefined && isOrIsIn(named, option), `detail.option is ${named}, expected ${option}.`);
}

function isOrIsIn(named: string, option: string): boolean {
  return named === option || named.startsWith(`${option}.`) || named.startsWith(`${option}[`);
}
