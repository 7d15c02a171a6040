import type { TestExecutorOptions } from '../index.ts';
import { testExecutor } from '../index.ts';
import { lineExecutor } from '../line-executor.ts';
import { LOGIN_SHELLS, POSIX_SHELLS } from './test-shells.ts';

/** Runs the kit through a launcher in one sh, behind a login shell; nothing where one of them is not installed. */
export async function lineConformance(sh: string, login: string, runner: Pick<TestExecutorOptions, 'describe' | 'it'>): Promise<void> {
  const posix = POSIX_SHELLS.find((shell) => shell.name === sh)?.command;
  const loginShell = LOGIN_SHELLS.find((shell) => shell.name === login)?.command;
  if (posix === undefined || loginShell === undefined) {
    runner.describe(`conformance of a launcher in ${sh} behind ${login}`, () => {
      runner.it('is skipped: a shell is not installed', async () => {}, 1_000);
    });
    return;
  }
  await testExecutor({
    ...runner,
    factory: (overrides) => lineExecutor({ sh: posix, loginShell }, { name: `line-${sh}-${login}`, ...overrides }),
    size: process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard',
  });
}
