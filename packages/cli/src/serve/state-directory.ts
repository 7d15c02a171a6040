import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { checkPrivate } from './private.ts';

const PRIVACY = { forbidden: 0o022, remedy: 'Others could change what is in it: chmod go-w makes it private.' };

/** Where Errand keeps what outlives a process: `$XDG_STATE_HOME/errand`. */
export function stateDirectory(): string {
  const base = process.env['XDG_STATE_HOME'];
  // The XDG specification says that a relative path is to be ignored.
  return join(base && isAbsolute(base) ? base : join(homedir(), '.local', 'state'), 'errand');
}

/**
 * Makes it, the first time, so that only its owner can look into it.
 *
 * @throws UsageError when it is another user's, or others can write to it.
 */
export async function makeStateDirectory(): Promise<string> {
  const directory = stateDirectory();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await checkPrivate(directory, PRIVACY);
  return directory;
}
