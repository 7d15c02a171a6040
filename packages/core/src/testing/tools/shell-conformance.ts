import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localExecutor } from '../../local/local-executor.ts';
import type { ExecutorOptions } from '../../options.ts';
import type { TestExecutorOptions } from '../index.ts';
import { testExecutor } from '../index.ts';
import { POSIX_SHELLS } from './test-shells.ts';

/** What a test runner gives. */
export interface Runner extends Pick<TestExecutorOptions, 'describe' | 'it'> {
  readonly afterAll: (body: () => void) => unknown;
}

/** Runs the kit with scripts and sessions in shells of one kind; nothing where it is not installed. */
export function shellConformance(name: string, runner: Runner): Promise<void> {
  return conformance(name, runner, {});
}

/** The same with such shells kept warm. */
export function warmConformance(name: string, runner: Runner): Promise<void> {
  return conformance(name, runner, { shells: {} });
}

async function conformance(name: string, { describe, it, afterAll }: Runner, options: ExecutorOptions): Promise<void> {
  const found = POSIX_SHELLS.find((shell) => shell.name === name)?.command.split(' ');
  if (!found) {
    describe(`conformance in ${name}`, () => it('is skipped: the shell is not installed', async () => {}, 1_000));
    return;
  }
  const [file = '', applet] = found;
  const shell = alias(file, applet === 'ash' ? applet : name, afterAll);
  await testExecutor({
    describe,
    it,
    factory: (overrides = {}) => {
      const { defaults = {} } = overrides;
      const own = typeof defaults === 'object' && !Array.isArray(defaults) ? { defaults: { shell, ...defaults } } : {};
      return localExecutor({ name: options.shells ? `warm-${name}` : `in-${name}`, ...options, ...overrides, ...own });
    },
    size: process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard',
  });
}

/** A file of its own for the shell, by which busybox is one of its applets. */
function alias(file: string, name: string, afterAll: Runner['afterAll']): string {
  const directory = mkdtempSync(join(tmpdir(), 'errand-shell-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  symlinkSync(file, join(directory, name));
  return join(directory, name);
}
