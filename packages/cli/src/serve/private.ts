import { stat } from 'node:fs/promises';
import { UsageError } from '../usage-error.ts';

/** What others may not do with a path of ours, as bits of its mode, and what the user can do about it. */
export interface Privacy {
  readonly forbidden: number;
  readonly remedy: string;
}

/** @throws UsageError when `path` is another user's, or is open to others. */
export async function checkPrivate(path: string, { forbidden, remedy }: Privacy): Promise<void> {
  const { uid, mode } = await stat(path);
  if (uid !== process.geteuid?.())
    throw new UsageError(`${path}: belongs to another user (uid ${uid}). Set XDG_STATE_HOME to a directory of yours.`);
  if ((mode & forbidden) === 0) return;
  throw new UsageError(`${path}: is open to others (mode 0${(mode & 0o777).toString(8)}). ${remedy}`);
}
