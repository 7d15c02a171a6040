import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { UsageError } from '../usage-error.ts';

/**
 * This process's stdin, for the command.
 *
 * @returns undefined for a terminal: its input belongs to whoever types there.
 * @throws UsageError for a directory, which Node would give as an empty stream.
 */
export function ownStdin(): Readable | undefined {
  if (isatty(0)) return undefined;
  if (fstatSync(0).isDirectory()) throw new UsageError('stdin: is a directory. Allowed: a file, a pipe, or -n for no stdin.');
  return process.stdin;
}
