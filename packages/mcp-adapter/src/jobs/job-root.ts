import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { invalidOption } from '@errand/core/checks';

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

/** One for each process, so that servers that are made and never disposed of leave nothing when it exits. */
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
    },
  };
}

function makeOfProcess(): string {
  const made = mkdtempSync(join(tmpdir(), 'errand-jobs-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}
