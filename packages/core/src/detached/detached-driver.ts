import { createHash, randomBytes } from 'node:crypto';
import { type Command, quote } from '../command.ts';
import type { Driver, DriverProcess, ProcessRequest } from '../driver.ts';
import { NotStarted } from '../driver.ts';
import type { ResolvedOptions } from '../engine/resolve-options.ts';
import { sizeFault } from '../launcher/argument-size.ts';
import { notBased } from '../login/not-based.ts';
import type { WarmTarget } from '../shell/warm-target.ts';
import type { DetachedTarget } from './detached-target.ts';
import { detachedKey } from './guardian-script.ts';

/** How much of each stream is kept on the target, where the caller does not say (64 MiB). */
const MAX_SPOOL_BYTES = 67_108_864;
/** For how long, then (a day). */
export const KEEP_MS = 86_400_000;
/** A listing shows no more of a command. */
const MAX_SHOWN = 256;

export interface DetachedDriverParts {
  readonly driver: Driver;
  readonly warm: WarmTarget;
  readonly target: DetachedTarget;
  /** The name of the execution on its target. */
  readonly name: string;
  /** What is submitted, as a hash. */
  readonly print: string;
  readonly options: ResolvedOptions;
  readonly maxSpoolBytes: number | undefined;
  readonly keepMs: number | undefined;
}

/** How one detached command is started: it is submitted to its guardian, and then followed as one that another client started is. */
export function detachedDriver(parts: DetachedDriverParts): Pick<Driver, 'start' | 'supports' | 'waitsFor'> {
  const { driver } = parts;
  return {
    supports: driver.supports,
    get waitsFor() {
      return driver.waitsFor;
    },
    start: (request, signal) => start(parts, request, signal),
  };
}

async function start(parts: DetachedDriverParts, request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
  const { warm, target, name, print, options, maxSpoolBytes = MAX_SPOOL_BYTES, keepMs = KEEP_MS } = parts;
  const { cwd: _cwd, ...rest } = request;
  const base = await warm.base?.(signal).catch((fault: unknown) => {
    throw notBased(fault);
  });
  const cwd = warm.directory(request.cwd);
  const complete = {
    ...rest,
    marker: `errand.${detachedKey(name, randomBytes(8).toString('hex'))}`,
    env: { ...base, ...rest.env },
    stdin: true,
    ...(cwd !== undefined && { cwd }),
  };
  const fault = sizeFault(complete);
  if (fault) throw new NotStarted(fault);
  await target.submit(
    {
      request: complete,
      name,
      print,
      meta: oneLine({ command: shown(request.command), startedAt: new Date().toISOString() }),
      stdin: bytesOf(options.stdin),
      timeoutMs: options.timeoutMs,
      maxSpoolBytes,
      keepMs,
      endsDaemons: options.daemons === 'end',
    },
    signal,
  );
  return target.follow(name, { stdout: 0, stderr: 0 }, new AbortController().signal).catch((error: unknown) => {
    // It runs, or ran, whatever came between.
    throw error instanceof NotStarted ? new Error(error.message) : error;
  });
}

/** Under an idempotency key all that submit the same must mean the same directory. */
export function nameOf(key: string | undefined, random: string): string {
  return key === undefined ? random : createHash('sha256').update(key).digest('hex').slice(0, random.length);
}

/** Readers of lines take these two for the end of one. */
function oneLine(meta: object): string {
  return JSON.stringify(meta).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function shown(command: Command): string {
  const text = typeof command === 'string' ? command : command.map(quote).join(' ');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function bytesOf(stdin: ResolvedOptions['stdin']): Uint8Array {
  if (typeof stdin === 'string') return Buffer.from(stdin);
  return stdin instanceof Uint8Array ? stdin : new Uint8Array(0);
}
