import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where Errand keeps what outlives a process: `$XDG_STATE_HOME/errand`, only for its owner to read. */
export async function stateDirectory(): Promise<string> {
  const base = process.env['XDG_STATE_HOME'];
  // The XDG specification says that a relative path is to be ignored.
  const directory = join(base && isAbsolute(base) ? base : join(homedir(), '.local', 'state'), 'errand');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return directory;
}
