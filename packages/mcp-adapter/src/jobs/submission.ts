import { type Command, ExecError, quote, type SpawnOptions } from '@errand/core';
import type { NamedSession } from '../sessions/named-session.ts';
import type { Target } from '../targets.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { thisHost } from './job-host.ts';
import type { JobRecord } from './job-record.ts';
import type { Owner } from './owner.ts';

/** A record shows no more of a command. */
const MAX_SHOWN = 256;

/** What is to be run, and for whom. */
export interface Submission {
  readonly owner: Owner;
  readonly target: Target;
  readonly command: Command;
  /** Whose `timeoutMs` is there, and `signal` is not. */
  readonly options: SpawnOptions & { readonly timeoutMs: number; readonly maxOutputBytes: number };
  /** With `stdin: 'pipe'`: what comes first. */
  readonly firstInput?: Uint8Array;
  /** How lists of jobs show it, where the command itself says less. */
  readonly shownAs?: string;
  /** Where it runs in one, which takes shell source alone, and none of the options that concern a process of its own. */
  readonly session?: NamedSession;
}

/** What is known of it when it is submitted. */
export function recordOf({ target, command, shownAs, options, session }: Submission, id: string, ttlMs: number): JobRecord {
  return {
    version: 1,
    id,
    target: target.executor.name,
    command: shown(shownAs ?? command),
    startedAt: new Date().toISOString(),
    timeoutMs: options.timeoutMs,
    mergeStderr: options.stderr === 'stdout',
    background: options.detached === true,
    ...(session && { session: session.place.name }),
    ttlMs,
    host: thisHost(),
  };
}

/** Bytes of each stream that are kept. */
export function maxBytesOf({ maxJobOutputBytes }: Target, options: Pick<CheckedToolOptions, 'maxJobOutputBytes'>): number {
  return maxJobOutputBytes ?? options.maxJobOutputBytes;
}

/** Where the commands are that one caller has running. */
type Running = readonly { readonly target: string }[];

/** The `EXEC_QUOTA` where one caller has so many running, in all or on this target, that one more would be one too many. */
export function quotaFault(
  running: Running,
  { maxJobs: own = Number.POSITIVE_INFINITY, executor }: Target,
  { maxJobs }: Pick<CheckedToolOptions, 'maxJobs'>,
): ExecError | undefined {
  if (running.length >= maxJobs) return tooMany(running.length, maxJobs, '');
  if (own >= maxJobs) return undefined;
  const there = running.filter(({ target }) => target === executor.name).length;
  return there >= own ? tooMany(there, own, ` on target '${executor.name}'`) : undefined;
}

function tooMany(running: number, maxJobs: number, where: string): ExecError {
  const message = `${running} commands of yours run already${where}, and ${maxJobs} may. Nothing was started: wait for one of them, or end one.`;
  return new ExecError('EXEC_QUOTA', message, { detail: { limit: 'maxJobs', value: maxJobs } });
}

function shown(command: Command): string {
  const text = typeof command === 'string' ? command : command.map(word).join(' ');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** What no shell could take is refused by the executor, in words of its own. */
function word(text: string): string {
  return typeof text === 'string' && !text.includes('\0') ? quote(text) : '?';
}
