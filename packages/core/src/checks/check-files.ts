import { invalidOption } from '../errors.ts';
import type { FileOptions, TransferOptions } from '../files.ts';
import { checkEach, type OptionChecks } from './check-each.ts';
import { readOptions } from './read-options.ts';
import * as is from './values.ts';

const PLAIN: OptionChecks = { signal: is.abortSignal };
const bytes = is.integer(0, Number.MAX_SAFE_INTEGER, 'bytes');
const READ: OptionChecks = { maxBytes: bytes, offset: bytes, lengthBytes: bytes, ...PLAIN };
const WRITE: OptionChecks = { mode: checkMode, ...PLAIN };
const REMOVE: OptionChecks = { recursive: is.boolean, ...PLAIN };
const TRANSFER: OptionChecks = { recursive: is.boolean, ...WRITE };

/** The options of each kind of call. */
export const FILE_CHECKS: Readonly<Record<'plain' | 'read' | 'write' | 'remove' | 'transfer', OptionChecks>> = {
  plain: PLAIN,
  read: READ,
  write: WRITE,
  remove: REMOVE,
  transfer: TRANSFER,
};

/**
 * A file call's options, read once and checked.
 *
 * @throws ExecError `EXEC_INVALID_OPTION`
 */
export function readFileOptions<O extends FileOptions>(given: O | undefined, checks: OptionChecks): O {
  const options = readOptions(given === undefined ? ({} as O) : given);
  checkEach('', options, checks);
  return options;
}

/** Checks paths, each by the name of its parameter. */
export function checkPaths(paths: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(paths)) is.path(name, value);
}

/** A directory's files keep the modes that they have. */
export function checkTransfer({ recursive, mode }: TransferOptions): void {
  if (recursive && mode !== undefined)
    throw invalidOption('mode', 'cannot be with `recursive`', 'one of the two: a directory keeps its modes');
}

export function checkContent(value: unknown): void {
  if (typeof value === 'string' || value instanceof Uint8Array) return;
  throw invalidOption('content', `must be text or bytes, not ${is.describe(value)}`, 'a string, a Uint8Array');
}

function checkMode(option: string, value: unknown): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0o777) return;
  throw invalidOption(option, `${is.describe(value)} is no permission bits`, 'an integer from 0 to 0o777, such as 0o644');
}
