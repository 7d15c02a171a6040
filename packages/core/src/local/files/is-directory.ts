import { stat } from 'node:fs/promises';
import { about, type Named } from '../../files/file-errors.ts';

/** Follows symbolic links. */
export function isDirectory(path: string, named: Named): Promise<boolean> {
  return about(named, async () => (await stat(path)).isDirectory());
}
