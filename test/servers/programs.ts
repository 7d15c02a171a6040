import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program lies: in one of these directories (a glob), or on PATH. */
export function programPath(name: string, first = ''): string | undefined {
  const directories = [...(first ? globSync(first).sort().reverse() : []), ...(process.env['PATH'] ?? '').split(delimiter)];
  return directories.map((directory) => join(directory || '.', name)).find(isExecutable);
}

/** Whether tests that need a program are left out, which is said: without CI, where it is missing. */
export function isSkipped(path: string | undefined, what: string, debian: string): boolean {
  const skipped = path === undefined && !process.env['CI'];
  if (skipped) console.log(`Skipping ${what} (to get it: apt-get install ${debian})`);
  return skipped;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
