import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { atEnd } from './cleanup.ts';

/** The words that start Errand from its sources. */
export const ERRAND: readonly [string, ...string[]] = [
  process.execPath,
  '--conditions=@errand/source',
  fileURLToPath(new URL('../../../packages/cli/src/bin.ts', import.meta.url)),
];

/** How Errand is started. */
export interface ErrandOptions {
  /** All of its stdin; without it stdin is at its end. */
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Options of Node. */
  readonly nodeOptions?: readonly string[];
}

/** How Errand ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A process that a test can talk to. It leads a group of its own, as a shell's job does. */
export type Started = ChildProcessByStdio<Writable, Readable, Readable> & { readonly pid: number };

/** Starts `errand ARGS`; what still runs when the file's tests are over is killed. */
export function start(args: readonly string[], options: ErrandOptions = {}): Started {
  const [node, ...words] = ERRAND;
  return startProcess([node, ...(options.nodeOptions ?? []), ...words, ...args], options);
}

/** Starts any program, with Errand or without; the same holds. */
export function startProcess(argv: readonly string[], { env, cwd }: ErrandOptions = {}): Started {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  const { pid } = child;
  if (pid === undefined || pid <= 1) throw new Error(`${program} did not start.`);
  child.stdin.on('error', () => {});
  atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return Object.assign(child, { pid });
}

/** Its exit code; null after a signal. */
export async function exitOf(child: Started): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const [code]: (number | null)[] = await once(child, 'exit');
  return code ?? null;
}

/** Runs `errand ARGS` to its end. */
export async function errand(args: readonly string[], options: ErrandOptions = {}): Promise<Ended> {
  const child = start(args, options);
  child.stdin.end(options.stdin);
  return await ended(child);
}

/** Reads all that a process prints. */
export async function ended(child: Started): Promise<Ended> {
  const [code, stdout, stderr] = await Promise.all([exitOf(child), buffer(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
