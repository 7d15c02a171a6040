import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { ByteChannel } from '../../driver.ts';
import { Supervisor, type SupervisorOptions } from '../../supervisor/supervisor.ts';
import { lineDriver } from '../line-driver.ts';
import { poll } from './poll.ts';
import { isAlive } from './processes.ts';

const made: (() => unknown)[] = [];

/** Closes the supervisors and kills the commands that a test made. Give it to `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const unmake of made.splice(0).reverse()) await unmake();
}

/** A supervisor of its own for a test, and what the test needs to see of it. */
export interface SupervisorRig {
  readonly supervisor: Supervisor;
  /** The marker of an execution. */
  readonly key: (name: string) => string;
  /** One for each time that it was started. */
  readonly channels: readonly ByteChannel[];
  /** Whatever was written to it. */
  readonly written: readonly string[];
}

export interface SupervisorRigOptions extends Partial<SupervisorOptions> {
  /** What is read as the target's boot id by the supervisor that is the nth, from 1. */
  readonly bootId?: (nth: number) => string;
}

/** @param sh A POSIX shell: a file and its options. */
export function supervisorRig(sh: string, { bootId, ...options }: SupervisorRigOptions = {}): SupervisorRig {
  const executorMarker = randomBytes(16).toString('hex');
  const channels: ByteChannel[] = [];
  const written: string[] = [];
  const openShell = async (): Promise<ByteChannel> => {
    const channel = await openSh(sh);
    const nth = channels.push(channel);
    const write = channel.stdin.write.bind(channel.stdin);
    channel.stdin.write = (chunk: unknown): boolean => {
      written.push(String(chunk));
      return write(bootId ? String(chunk).replace('read -r boot </proc/sys/kernel/random/boot_id', `boot=${bootId(nth)}`) : chunk);
    };
    return channel;
  };
  const supervisor = new Supervisor({ openShell, executorMarker, lifelineMs: 30_000, ...options });
  made.push(() => supervisor.close());
  return { supervisor, key: (name) => `${executorMarker}.${name}`, channels, written };
}

/** The pid of the loop that a supervisor is. */
export async function loopOf(supervisor: Supervisor): Promise<number> {
  return Number(/\/proc\/(\d+)\//.exec(await supervisor.ready())?.[1]);
}

/** A plain sh with its stdin open. */
export async function openSh(sh: string): Promise<ByteChannel> {
  const channel = await lineDriver({ loginShell: sh, sh }).openShell?.(new AbortController().signal);
  if (!channel) throw new Error(`No shell: ${sh}`);
  return channel;
}

/** A command that a test started: it leads its session, and printed pids. */
export interface TestCommand {
  readonly pid: number;
  /** Resolves when it ends: by which signal, if by one. */
  readonly ended: Promise<NodeJS.Signals | null>;
  readonly pids: readonly number[];
  /** What it printed since. */
  readonly said: () => string;
}

/** Runs shell source that carries `key` as its marker, and waits until it printed so many pids, one a line. */
export async function startCommand(key: string, script: string, lines = 1): Promise<TestCommand> {
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '', ERRAND_EXECUTION: key },
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  await poll('the command printed its pids', 5_000, () => text.split('\n').length > lines);
  const { pid = 0 } = child;
  const first = text.split('\n').slice(0, lines);
  const pids = first.map(Number);
  made.push(() => {
    for (const one of [pid, ...pids]) if (one > 1 && isAlive(one)) process.kill(one, 'SIGKILL');
  });
  return { pid, ended, pids, said: () => text.slice(first.join('\n').length + 1) };
}

/** Waits until none of them runs. */
export async function allGone(pids: readonly number[], boundMs = 20_000): Promise<void> {
  await poll(`${pids.join(' ')} should be gone`, boundMs, () => !pids.some(isAlive));
}

/** Ignores SIGTERM, as do its children. */
export const STUBBORN: string = "trap '' TERM; echo $$; while :; do sleep 60; done";
/** A child in a session of its own, which prints its pid. */
export const SETSID: string = "setsid sh -c 'echo $$; exec sleep 60' &";
/** A child without a marker in the same session, but in a group of its own, as an interactive shell makes it. */
export const OWN_GROUP: string = "env -i bash -c 'set -m; sleep 60 & echo $!' </dev/null";
