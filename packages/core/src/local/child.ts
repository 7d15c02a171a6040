import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { type DriverProcess, NotStarted, type ProcessExit, type ProcessRequest } from '../driver.ts';
import { invalidOption } from '../errors.ts';
import type { Account } from './accounts.ts';
import { givenStdin, isReading } from './blocked-reads.ts';
import { localArgv } from './local-argv.ts';
import { withoutMasters } from './open-masters.ts';
import { ProcessTree } from './process-tree.ts';
import { foreseeFault, spawnFault } from './spawn-errors.ts';

/** A child process that leads its own group and session. */
export interface Child {
  readonly pid: number;
  readonly process: DriverProcess;
}

/**
 * Spawns a command.
 *
 * @throws NotStarted
 */
export async function startChild(request: ProcessRequest, env: NodeJS.ProcessEnv, account: Account | undefined): Promise<Child> {
  const { argv, prepared } = localArgv(request, account);
  // Behind the line of sh a missing program would be the shell's own exit 127.
  if (prepared) foreseeFault(request, env);
  const child = spawnChild(argv, request, env, prepared);
  const exit = exitOf(child);
  if (child.pid === undefined) throw spawnFault((await once(child, 'error'))[0], request, env);
  const { pid, stdin, stdout, stderr } = child;
  // Before all else: a command may put something else there.
  const input = request.stdin ? givenStdin(pid) : undefined;
  if (prepared) await preparation(child, exit, request);
  const tree = new ProcessTree(pid, request.marker);
  return {
    pid,
    process: {
      ...(input !== undefined && { waitsForInput: async () => tree.pids.some((each) => isReading(each, input)) }),
      ...(stdin && { stdin }),
      stdout: stdout ?? Readable.from([]),
      stderr: stderr ?? Readable.from([]),
      exit,
      kill: async (signal, scope) => tree.signal(signal, scope),
    },
  };
}

function spawnChild(argv: readonly string[], request: ProcessRequest, env: NodeJS.ProcessEnv, prepared: boolean): ChildProcess {
  const [file = '', ...rest] = argv;
  try {
    return withoutMasters(
      [request.stdin ? 'pipe' : 'ignore', 'pipe', request.mergeStderr ? 'ignore' : 'pipe', ...(prepared ? (['pipe'] as const) : [])],
      (stdio) => spawn(file, rest, { env, detached: true, ...(request.cwd !== undefined && { cwd: request.cwd }), stdio }),
    );
  } catch (error) {
    throw spawnFault(error as NodeJS.ErrnoException, request, env);
  }
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ ...(exitCode !== null && { exitCode }), ...(signal !== null && { signal }) }));
  });
}

/** Descriptor 3 closes without a word when the command took the shell's place; else it names the limit that failed. */
async function preparation(child: ChildProcess, exit: Promise<ProcessExit>, request: ProcessRequest): Promise<void> {
  const report = child.stdio[3];
  if (!(report instanceof Readable)) return;
  let refused = '';
  for await (const chunk of report) refused += chunk;
  const option = refused.trim();
  if (option === '') return;
  for (const stream of child.stdio) stream?.destroy();
  await exit;
  const wanted = request.limits[option as keyof ProcessRequest['limits']];
  throw new NotStarted(
    invalidOption(`limits.${option}`, `${wanted} could not be set`, "at most this process's own hard limit (ulimit -H)"),
  );
}
