import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../../end-to-end/mcp/processes.ts';
import { errand } from '../../end-to-end/mcp/servers.ts';
import { killAll, type ProcessEntry, processFile, processTable } from '../../servers/process-table.ts';

/** More than a host takes that starts for the first time, on a busy machine. */
const PATIENCE_MS = 80_000;
/** Nobody listens there: what a host says to the world beyond the tests reaches nobody. */
const NOWHERE = 'http://127.0.0.1:9';

/** An account's home and a project of its own, in which a host runs. */
export interface HostDirectory extends AsyncDisposable {
  readonly project: string;
  write(place: 'home' | 'project', file: string, text: string): Promise<void>;
  /** Runs a host to its end, in the project, with no other environment than its own: what it said. */
  run(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** What runs of all that was started there. */
  leftovers(): readonly ProcessEntry[];
}

export async function hostDirectory(): Promise<HostDirectory> {
  const { path, [Symbol.asyncDispose]: remove } = await temporaryDirectory();
  const [home, project, bin, tmp] = ['home', 'project', 'bin', 'tmp'].map((name) => join(path, name)) as [string, string, string, string];
  await Promise.all([home, project, bin, tmp].map((directory) => mkdir(directory)));
  // `errand` is not on npm yet: the program from its sources, where npx would bring the package.
  const npx = `#!/bin/sh\n[ "$1 $2" = '-y errand' ] || exit 99\nshift 2\nexec ${process.execPath} ${errand().join(' ')} "$@"\n`;
  await writeFile(join(bin, 'npx'), npx, { mode: 0o755 });
  const environment = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    TMPDIR: tmp,
    HTTP_PROXY: NOWHERE,
    HTTPS_PROXY: NOWHERE,
    NO_PROXY: '127.0.0.1,localhost',
  };
  const leftovers = (): readonly ProcessEntry[] => processTable().filter(({ pid }) => processFile(pid, 'environ').includes(`HOME=${home}`));
  return {
    project,
    write: async (place, file, text) => {
      const target = join(path, place, file);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    },
    run: async ([program = '', ...args], env = {}) => await run(program, args, { cwd: project, env: { ...environment, ...env } }),
    leftovers,
    [Symbol.asyncDispose]: async () => {
      await killAll(leftovers);
      await remove();
    },
  };
}

function run(program: string, args: readonly string[], options: { cwd: string; env: Record<string, string> }): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS, killSignal: 'SIGKILL' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // Not `close`: what it leaves running may hold its pipes.
    child.once('exit', (code, signal) => resolve(`${said}\n${program} ended with ${signal ?? code}`));
  });
}
