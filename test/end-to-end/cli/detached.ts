import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { atEnd } from './cleanup.ts';
import { type Ended, type ErrandOptions, errand } from './errand.ts';
import { temporaryDirectory } from './temporary.ts';

/** A state directory of its own, so that nothing lies in the account's; what still runs from it when the file's tests are over is killed. */
export interface DetachedHome {
  readonly env: { readonly XDG_STATE_HOME: string };
  run(args: readonly string[], options?: ErrandOptions): Promise<Ended>;
  /** Starts one that is kept for a second after its end, and gives its id. */
  detach(args: readonly string[], options?: ErrandOptions): Promise<string>;
  /** Names of the directories of executions. */
  spool(): Promise<string[]>;
}

export async function detachedHome(): Promise<DetachedHome> {
  const env = { XDG_STATE_HOME: await temporaryDirectory() };
  const folder = join(env.XDG_STATE_HOME, 'errand', 'spool');
  const spool = (): Promise<string[]> => readdir(folder).catch(() => []);
  const run: DetachedHome['run'] = (args, options) => errand(args, { ...options, env: { ...options?.env, ...env } });
  atEnd(async () => {
    for (const name of await spool()) for (const file of ['main', 'guardian']) await killGroup(join(folder, name, file));
  });
  const detach: DetachedHome['detach'] = async (args, options) => {
    const { code, stdout, stderr } = await run(['run', '--detach', '--keep', '1s', ...args], options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString()).toMatch(/^local-[a-f0-9]{20}\n$/);
    return stdout.toString().trim();
  };
  return { env, run, detach, spool };
}

/** Of the process that a file names by pid. */
async function killGroup(file: string): Promise<void> {
  try {
    const [pid = ''] = (await readFile(file, 'utf8')).split(' ');
    const stat = await readFile(`/proc/${Number(pid)}/stat`, 'utf8');
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
    if (group > 1) process.kill(-group, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
