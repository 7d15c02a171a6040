import { once } from 'node:events';
import { sshExecutor } from '@errand/backend-ssh';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { showsCalls } from '../servers/shows-calls.ts';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped || !showsCalls())('a command over SSH', () => {
  let host: SshHost;
  beforeAll(async () => {
    host = await startSshHost(['dash', 'ash']);
  });
  afterAll(() => host?.stop());

  test.each(['dash', 'ash'] as const)('says that it waits for input, for an account with %s', async (shell) => {
    await using executor = sshExecutor(host.options(shell));
    await using execution = executor.spawn('head -n 1; sleep 60', { stdin: 'pipe' });
    await expect.poll(() => execution.waitsForInput(), { timeout: 20_000 }).toBe(true);
    execution.stdin.write('some\n');
    await once(execution.stdout, 'data');
    expect(await execution.waitsForInput()).toBe(false);
  });
});
