import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sshExecutor } from '@errand/backend-ssh';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped)('directories over SSH', () => {
  let host: SshHost;

  beforeAll(async () => {
    host = await startSshHost(['dash', 'ash', 'fish']);
  });

  afterAll(() => host?.stop());

  async function tree(): Promise<string> {
    const here = await mkdtemp(join(tmpdir(), 'errand-trees-'));
    onTestFinished(() => rm(here, { recursive: true }));
    await mkdir(join(here, 'from/sub'), { recursive: true });
    await writeFile(join(here, 'from/sub/file'), 'inside');
    await symlink('/etc', join(here, 'from/sub/link'));
    return here;
  }

  test.each(['ash', 'fish'] as const)('go up and come down for an account with %s', async (shell) => {
    const here = await tree();
    await using executor = sshExecutor(host.options(shell));
    await executor.files.upload(join(here, 'from'), 'there', { recursive: true });
    await executor.files.download('there', join(here, 'back'), { recursive: true });
    execFileSync('diff', ['-r', '--no-dereference', join(here, 'from'), join(here, 'back')]);
    await executor.files.remove('there', { recursive: true });
  });

  test('that are cut off with their connection are there on neither side', async () => {
    const here = await tree();
    const { home } = host.accounts.of('dash');
    await writeFile(join(here, 'from/sub/big'), '');
    await truncate(join(here, 'from/sub/big'), 2 ** 36);
    await using executor = sshExecutor(host.options());
    const calls: readonly (readonly [directory: string, call: () => Promise<void>])[] = [
      [home, () => executor.files.upload(join(here, 'from'), 'there', { recursive: true })],
      [here, () => executor.files.download(join(here, 'from'), join(here, 'back'), { recursive: true })],
    ];
    execFileSync('chmod', ['-R', 'a+rX', here]);
    for (const [directory, call] of calls) {
      const before = await readdir(directory);
      const ended = call().catch((error) => error);
      await expect.poll(async () => (await readdir(directory)).some((name) => name.startsWith('.errand-'))).toBe(true);
      await host.server.killConnections();
      expect(await ended).toMatchObject({ code: 'EXEC_UNAVAILABLE' });
      await expect.poll(() => readdir(directory), { timeout: 5_000 }).toEqual(before);
    }
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
  });
});
