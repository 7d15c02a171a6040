import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { invalidOption } from '@errand/core/checks';
import { mayRun, thisHost } from './job-host.ts';
import type { JobHost } from './job-record.ts';

const ALLOWED = 'an absolute path that only its owner can write to';

/** Where jobs are kept: in a directory that outlives this process, or in one that goes with it. */
export interface JobRoot {
  /** What is not there is made with the first job. */
  readonly path: () => string;
  /** Whether jobs are found again by the next process. */
  readonly lasts: boolean;
  remove(): void;
}

/** @throws ExecError `EXEC_INVALID_OPTION` when `stateDirectory` is another user's, or open to others */
export function jobRoot(stateDirectory: string | undefined): JobRoot {
  if (stateDirectory === undefined) return temporaryRoot();
  if (typeof stateDirectory !== 'string' || !isAbsolute(stateDirectory))
    throw invalidOption('stateDirectory', 'it is no absolute path', ALLOWED);
  const path = join(stateDirectory, 'jobs');
  checkPrivate(stateDirectory, 0o022);
  checkPrivate(path, 0o077);
  return { path: () => path, lasts: true, remove: () => {} };
}

function checkPrivate(path: string, forbidden: number): void {
  // Windows has no such bits.
  if (process.platform === 'win32') return;
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  const { uid, mode } = found;
  if (uid !== process.geteuid?.()) throw invalidOption('stateDirectory', `${path} belongs to another user`, ALLOWED);
  if ((mode & forbidden) !== 0)
    throw invalidOption('stateDirectory', `${path} is open to others (mode 0${(mode & 0o777).toString(8)})`, ALLOWED);
}

/** One for each process: what a process that was killed left is found by its name. */
const PREFIX = 'errand-jobs-';
const HOST = 'host.json';
let ofProcess: string | undefined;

function temporaryRoot(): JobRoot {
  let path: string | undefined;
  return {
    lasts: false,
    path: () => {
      ofProcess ??= makeOfProcess();
      path ??= mkdtempSync(join(ofProcess, 'server-'));
      return path;
    },
    remove: () => {
      if (path !== undefined) rmSync(path, { recursive: true, force: true });
      path = undefined;
      if (ofProcess !== undefined && readdirSync(ofProcess).every((name) => name === HOST)) removeOfProcess();
    },
  };
}

function makeOfProcess(): string {
  removeLeftovers();
  const made = mkdtempSync(join(tmpdir(), PREFIX));
  writeFileSync(join(made, HOST), JSON.stringify(thisHost()), { mode: 0o600 });
  // Servers that are made for each request are never told that they are not needed any more.
  process.once('exit', removeOfProcess);
  return made;
}

function removeOfProcess(): void {
  process.off('exit', removeOfProcess);
  if (ofProcess !== undefined) rmSync(ofProcess, { recursive: true, force: true });
  ofProcess = undefined;
}

/** Only what certainly was another process of this user's on this machine, and is gone. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const path = join(tmpdir(), name);
    try {
      if (statSync(path).uid !== process.geteuid?.()) continue;
      const host: unknown = JSON.parse(readFileSync(join(path, HOST), 'utf8'));
      if (isHost(host) && !mayRun(host)) rmSync(path, { recursive: true, force: true });
    } catch {
      // Another one is making or removing it.
    }
  }
}

function isHost(value: unknown): value is JobHost {
  return typeof value === 'object' && value !== null && 'name' in value && 'pid' in value && typeof value.pid === 'number';
}
