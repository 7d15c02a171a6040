import { localExecutor } from '../../local/local-executor.ts';
import type { ExecutorOptions } from '../../options.ts';
import type { TestExecutorOptions } from '../index.ts';
import { testExecutor } from '../index.ts';
import { namedShells } from './test-shells.ts';

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
  const { shells, remove } = namedShells();
  afterAll(remove);
  const shell = shells.find((one) => one.name === name)?.file;
  if (shell === undefined) {
    describe(`conformance in ${name}`, () => it('is skipped: the shell is not installed', async () => {}, 1_000));
    return;
  }
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
