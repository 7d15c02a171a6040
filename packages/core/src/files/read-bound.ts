import { ExecError } from '../errors.ts';
import type { Named } from './file-errors.ts';

/** How much `read` takes into memory where nobody says otherwise. */
export const DEFAULT_MAX_READ_BYTES = 67_108_864;

export function longerThan(maxBytes: number, { path }: Named): ExecError {
  return new ExecError('EXEC_OUTPUT_OMITTED', `'${path}' is longer than maxBytes of ${maxBytes}: raise it, or download the file.`);
}
