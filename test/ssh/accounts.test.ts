import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sshExecutor } from '@errand/backend-ssh';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOGIN_SHELLS } from '../servers/ssh-accounts.ts';
import { SshServer } from '../servers/sshd.ts';
import { optionsFor, type SshHost, startSshHost } from './ssh-host.ts';

/** What shells of all kinds read without being asked, and some do also where nobody logs in. */
const RC_FILES = ['.profile', '.bashrc', '.bash_profile', '.zshenv', '.zshrc', '.cshrc', '.tcshrc', '.config/fish/config.fish'];

describe.skipIf(SshServer.isSkipped)('an account', () => {
  let host: SshHost;

  beforeAll(async () => {
    host = await startSshHost(['dash', ...LOGIN_SHELLS.filter((shell) => shell !== 'dash')]);
  });

  afterAll(() => host?.stop());

  test.each(LOGIN_SHELLS)('with %s as login shell, and rc files that print, runs commands exactly', async (shell) => {
    const { home } = host.accounts.of(shell);
    for (const file of RC_FILES) await writeFile(join(home, file), 'echo noise\necho more noise >&2\n').catch(() => {});
    await using executor = sshExecutor(host.options(shell));
    const script = 'printf \'%s|\' "$HOME" "$0" "it\'s"; printf err >&2; exit 3';
    const result = await executor.exec(script, { env: { WORD: 'a $b `c` "d"' } });
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 3, stderr: { text: 'err' } });
    expect(result.stdout.text).toBe(`${home}|/bin/sh|it's|`);
    const argv = await executor.exec(['sh', '-c', 'printf %s "$1$WORD"', '--', '!x\n\\'], { env: { WORD: 'a $b `c` "d"' } });
    expect(argv.stdout.text).toBe('!x\n\\a $b `c` "d"');
    await using session = await executor.openSession();
    await session.exec('cd /; X=1');
    expect((await session.exec('pwd; echo $X')).stdout.text).toBe('/\n1\n');
    const detached = await executor.exec('echo on', { detached: true, keepMs: 1 });
    expect(detached.stdout.text).toBe('on\n');
  });

  test.each([
    ['ForceCommand in sshd_config', ['ForceCommand echo only this'], ''],
    ['SFTP alone', ['ForceCommand internal-sftp'], ''],
    ['command= before its key', [], 'command="echo only this" '],
  ])('with %s refuses at once, and says why', async (_what, config, before) => {
    const server = await SshServer.start(config);
    try {
      await server.authorize([`${before}${server.clientKey.publicKey}`]);
      await using executor = sshExecutor(optionsFor(server, host.accounts.of('dash')));
      const says = { code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('ForceCommand') };
      await expect(executor.exec('touch "$HOME/ran"')).rejects.toMatchObject(says);
      await expect(executor.openSession()).rejects.toMatchObject(says);
      await expect(executor.exec('touch "$HOME/ran"', { detached: true, keepMs: 1 })).rejects.toMatchObject(says);
      await expect(executor.attach('host-0123456789abcdef0123')).rejects.toMatchObject(says);
      await expect(executor.listDetached()).rejects.toMatchObject(says);
      await using unwarned = sshExecutor(host.options());
      expect((await unwarned.exec('ls -A "$HOME" | grep -c ran')).stdout.text).toBe('0\n');
    } finally {
      await server.stop();
    }
  });

  test('with a ForceCommand that waits refuses in bounded time, files too, and says what may be the cause', {
    timeout: 150_000,
  }, async () => {
    const server = await SshServer.start(['ForceCommand sleep 1000']);
    try {
      await using executor = sshExecutor(optionsFor(server, host.accounts.of('dash')));
      const message = expect.stringMatching(/did not answer: .*ForceCommand.* login shell .*startup files/);
      await Promise.all([
        expect(executor.exec('echo on', { startTimeoutMs: 500 })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT', message }),
        expect(executor.exec('echo on')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message }),
        expect(executor.files.exists('/')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message }),
        expect(executor.files.write('ran', '')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message }),
      ]);
    } finally {
      await server.stop();
    }
  });

  test('that is restricted in all but commands runs them', async () => {
    const server = await SshServer.start();
    try {
      await server.authorize([`restrict ${server.clientKey.publicKey}`]);
      await using executor = sshExecutor(optionsFor(server, host.accounts.of('dash')));
      expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    } finally {
      await server.stop();
    }
  });
});
