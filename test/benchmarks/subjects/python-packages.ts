import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);
/** Outside of the checkout, so that a fresh one finds it. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'errand-benchmarks');

const interpreters = new Map<string, Promise<string | undefined>>();

/** A Python with these packages, `NAME==VERSION`, which are installed for it once; undefined, and a word on stderr, where that cannot be. */
export function pythonWith(...packages: readonly string[]): Promise<string | undefined> {
  const directory = join(CACHE, packages.join('-').replaceAll('=', '-'));
  const known = interpreters.get(directory);
  if (known) return known;
  const interpreter = install(directory, packages).catch((error: unknown) => {
    process.stderr.write(`No ${packages.join(', ')}, their rows are left out: ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  });
  interpreters.set(directory, interpreter);
  return interpreter;
}

async function install(directory: string, packages: readonly string[]): Promise<string> {
  const python = join(directory, 'bin', 'python');
  if (existsSync(join(directory, 'complete'))) return python;
  await rm(directory, { recursive: true, force: true });
  await execFileAsync('python3', ['-m', 'venv', directory]);
  await execFileAsync(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
  await execFileAsync('touch', [join(directory, 'complete')]);
  return python;
}
