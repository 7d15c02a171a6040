import { ExecError } from '../errors.ts';
import type { ReadOptions } from '../files.ts';
import type { Named } from './file-errors.ts';

/** How much `read` takes into memory where nobody says otherwise. */
const DEFAULT_MAX_READ_BYTES = 67_108_864;

/** What is read of a file. */
export interface ReadPart {
  readonly maxBytes: number;
  readonly offset: number;
  /** `Infinity` for all that follows. */
  readonly lengthBytes: number;
}

/** With what holds where nobody says otherwise. */
export function partOf({ maxBytes = DEFAULT_MAX_READ_BYTES, offset = 0, lengthBytes = Number.POSITIVE_INFINITY }: ReadOptions): ReadPart {
  return { maxBytes, offset, lengthBytes };
}

export function longerThan(maxBytes: number, { path }: Named): ExecError {
  return new ExecError('EXEC_OUTPUT_OMITTED', `'${path}' is longer than maxBytes of ${maxBytes}: raise it, or download the file.`);
}
