import { type ChildProcess, type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Command } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import { processRequest } from '../testing/tools/process-request.ts';
import { type LogPlaces, logFiles } from './log-files.ts';
import { LogReader } from './log-reader.ts';
import type { LogEnd } from './log-stream.ts';

const directories: string[] = [];
/** Give it to `afterEach`. */
export function removeLogs(): void {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

/** What ran a command, and what its log says of it. */
export interface Logged {
  readonly child: ChildProcess;
  /** What is run beside it, with these words. */
  readonly ask: (...words: readonly string[]) => void;
  /** Gives what its spools have from these bytes on, as far as it is read. */
  readonly reader: (stdout: number, stderr: number) => ChildProcessByStdio<null, Readable, Readable>;
  /** All of that. */
  readonly read: (stdout: number, stderr: number) => Promise<readonly [Buffer, Buffer]>;
  /** Gives it this stdin; false where it was not taken. */
  readonly feed: (bytes: Uint8Array) => boolean;
  readonly words: string[];
  /** Its directory. */
  readonly output: string;
  readonly over: Promise<{
    readonly stdout: Buffer;
    readonly stderr: Buffer;
    readonly end: LogEnd | undefined;
    readonly code: number | null;
  }>;
  readonly text: () => string;
  /** What the log has not of each stream. */
  readonly missing: () => readonly number[];
  /** Resolves once both streams are over. */
  readonly told: Promise<LogEnd>;
}

/** Runs it as the first process of a container would, with both streams in one log. */
export function logged(
  shell: string,
  command: Command,
  { isFed, spoolBytes, ...more }: Partial<ProcessRequest> & Pick<LogPlaces, 'isFed' | 'spoolBytes'> = {},
  environment: NodeJS.ProcessEnv = process.env,
): Logged {
  const directory = mkdtempSync(join(tmpdir(), 'errand-log-'));
  directories.push(directory);
  const places = { input: join(directory, 'in'), output: join(directory, 'out') };
  for (const path of Object.values(places)) mkdirSync(path);
  const request = processRequest(command, more);
  for (const [name, bytes] of Object.entries(logFiles(request, { ...places, ...(isFed && { isFed }), ...(spoolBytes && { spoolBytes }) })))
    writeFileSync(join(places.input, name), bytes);
  const [file = '', ...options] = shell.split(' ');
  const child = spawn(file, [...options, join(places.input, 'run'), places.input, places.output], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: environment,
  });
  const words: string[] = [];
  const streams = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const ends: LogEnd[] = [];
  const told = Promise.withResolvers<LogEnd>();
  told.promise.catch(() => {});
  const events = {
    onWords: (said: readonly string[]) => void words.push(said.join(' ')),
    onData: (stream: 'stdout' | 'stderr', data: Buffer) => void streams[stream].push(data),
    onEnd: (_stream: unknown, end: LogEnd) => {
      if (ends.push(end) === 2) told.resolve(end);
    },
  };
  // A log keeps lines whole; here each pipe has a reader of its own for that.
  const readers = [child.stdout, child.stderr].map((pipe) => {
    const reader = new LogReader(request.nonce, events);
    // Where something is missing it is missing for good.
    const hear = (chunk: Buffer): void => {
      reader.hear(chunk);
      if (!reader.isWaiting) return;
      reader.again();
      reader.hear(chunk);
    };
    pipe.on('data', hear);
    return reader;
  });
  const reader: Logged['reader'] = (...from) => {
    const words = ['read', ...from.map(String)];
    return spawn(file, [...options, join(places.input, 'run'), places.input, places.output, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  };
  return {
    child,
    ask: (...asked) =>
      void execFileSync(file, [...options, join(places.input, 'run'), places.input, places.output, ...asked], { stdio: 'ignore' }),
    words,
    output: places.output,
    reader,
    read: async (...from) => {
      const { stdout, stderr } = reader(...from);
      return Promise.all([buffer(stdout), buffer(stderr)]);
    },
    feed: (bytes) =>
      spawnSync(file, [...options, join(places.input, 'run'), places.input, places.output, 'input'], { input: bytes }).status === 0,
    told: told.promise,
    missing: () => (['stdout', 'stderr'] as const).map((name) => Math.max(...readers.map((reader) => reader.missing(name)))),
    text: () => Buffer.concat(streams.stdout).toString(),
    over: new Promise((resolve) => {
      child.once('close', (code) => {
        told.reject(new Error(`it ended with ${code} and said: ${words.join('; ')}`));
        resolve({ stdout: Buffer.concat(streams.stdout), stderr: Buffer.concat(streams.stderr), end: ends[0], code });
      });
    }),
  };
}

/** A PATH with these programs alone. */
export function only(...programs: readonly string[]): NodeJS.ProcessEnv {
  const directory = mkdtempSync(join(tmpdir(), 'errand-path-'));
  directories.push(directory);
  for (const program of programs) {
    const found = ['/bin', '/usr/bin'].map((place) => join(place, program)).find((path) => existsSync(path));
    symlinkSync(found ?? program, join(directory, program));
  }
  return { PATH: directory };
}
