import { sshExecutor } from '@errand/backend-ssh';
import type { ExecutorOptions } from '@errand/core';
import { testExecutor } from '@errand/core/testing';
import type { LoginShell } from '../servers/ssh-accounts.ts';
import { SshServer } from '../servers/sshd.ts';
import { startSshHost } from './ssh-host.ts';

/** What a test runner gives. */
export interface Runner extends Pick<Parameters<typeof testExecutor>[0], 'describe' | 'it'> {
  readonly afterAll: (body: () => Promise<void>) => unknown;
}

/** Runs the kit against an account with this login shell on a real sshd. */
export async function sshConformance(shell: LoginShell, runner: Runner, options: ExecutorOptions = {}): Promise<void> {
  const { describe, it, afterAll } = runner;
  if (SshServer.isSkipped) {
    describe('conformance over SSH', () => it('is skipped: there is no sshd', async () => {}, 1_000));
    return;
  }
  const host = await startSshHost([shell]);
  afterAll(() => host.stop());
  const name = options.shells ? `ssh-pooled-${shell}` : `ssh-${shell}`;
  await testExecutor({
    describe,
    it,
    factory: (overrides) => sshExecutor({ ...host.options(), name, ...options, ...overrides }),
    size: process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard',
  });
}
