import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type SshExecutorOptions, sshExecutor } from '@errand/backend-ssh';
import type { Executor } from '@errand/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOGIN_SHELLS, type LoginShell } from '../servers/ssh-accounts.ts';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

const POSIX = 'echo noise; echo noise >&2\nexport PATH="$HOME/bin:$PATH" LINES_OF="one\ntwo"\n';
/** What login shells alone read, by the name of its file. */
const START_UP: Readonly<Record<LoginShell, readonly [string, string]>> = {
  dash: ['.profile', POSIX],
  bash: ['.bash_profile', POSIX],
  ash: ['.profile', POSIX],
  zsh: ['.zprofile', POSIX],
  fish: [
    '.config/fish/config.fish',
    'echo noise; echo noise >&2\nif status is-login\nset -x PATH $HOME/bin $PATH\nset -x LINES_OF "one\ntwo"\nend\n',
  ],
  tcsh: ['.login', 'echo noise\nsetenv PATH "${HOME}/bin:$PATH"\nset lf="\\\n"\nsetenv LINES_OF "one${lf:q}two"\n'],
};
const SCRIPT = 'printf "%s|" "${PATH%%:*}" "$LINES_OF" "${SHLVL-}${OLDPWD-}"';
/** There are shells that set them for whatever they run. */
const LEVEL = '0?1?(/[^|]*)?';

describe.skipIf(SshServer.isSkipped)('the environment of the login shell', () => {
  let host: SshHost;

  beforeAll(async () => {
    host = await startSshHost(['dash', ...LOGIN_SHELLS.filter((shell) => shell !== 'dash')]);
  });

  afterAll(() => host?.stop());

  async function open(shell: LoginShell, more: Partial<SshExecutorOptions> = {}): Promise<Executor> {
    const [file, content] = START_UP[shell];
    const path = join(host.accounts.of(shell).home, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return sshExecutor({ ...host.options(shell), ...more });
  }

  test.each(LOGIN_SHELLS)('%s is beneath commands of all kinds, where it is asked for', async (shell) => {
    await using executor = await open(shell, { loginEnvironment: true, shells: {} });
    const { home } = host.accounts.of(shell);
    const ways: Readonly<Record<string, () => Promise<string>>> = {
      process: async () => (await executor.exec(SCRIPT, { stdin: 'x' })).stdout.text,
      warm: async () => (await executor.exec(SCRIPT)).stdout.text,
      session: async () => {
        await using session = await executor.openSession();
        return (await session.exec(SCRIPT)).stdout.text;
      },
      detached: async () => (await executor.exec(SCRIPT, { detached: true, keepMs: 1 })).stdout.text,
      terminal: async () => {
        await using terminal = await executor.openTerminal({ command: SCRIPT });
        return (await text(terminal.stream)).replaceAll('\r\n', '\n');
      },
    };
    const expected = new RegExp(`^${home}/bin\\|one\ntwo\\|${LEVEL}\\|$`);
    for (const [way, run] of Object.entries(ways)) expect(await run(), way).toMatch(expected);
    expect((await executor.health()).shells).toMatchObject({ hits: 1 });
    const own = await executor.exec('printf %s "$LINES_OF$SSH_CONNECTION"', { env: { LINES_OF: 'own ' } });
    expect(own.stdout.text).toMatch(/^own 127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+$/);
  });

  test.each(LOGIN_SHELLS)('%s is not there where it is not asked for, and what is not found hints at it', async (shell) => {
    await using executor = await open(shell);
    expect((await executor.exec('printf %s "${LINES_OF-none}"')).stdout.text).toBe('none');
    const hint = expect.stringContaining('loginEnvironment: true');
    expect(await executor.exec('no-such-program')).toMatchObject({ outcome: 'exited', exitCode: 127, reason: hint });
    expect(await executor.exec('no-such-program', { stderr: 'stdout' })).toMatchObject({ exitCode: 127, reason: hint });
    expect((await executor.exec('exit 127')).reason).toBeUndefined();
    await expect(executor.exec(['no-such-program'])).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND', message: hint });
    const byPath = { code: 'EXEC_NOT_FOUND', message: expect.not.stringContaining('loginEnvironment') };
    await expect(executor.exec(['/no-such-program'])).rejects.toMatchObject(byPath);
  });

  test('hints at nothing where commands have it', async () => {
    await using executor = await open('dash', { loginEnvironment: true });
    expect(await executor.exec('no-such-program')).toMatchObject({ exitCode: 127, stderr: { text: expect.stringContaining('not found') } });
    expect((await executor.exec('no-such-program')).reason).toBeUndefined();
    const says = { code: 'EXEC_NOT_FOUND', message: expect.not.stringContaining('loginEnvironment') };
    await expect(executor.exec(['no-such-program'])).rejects.toMatchObject(says);
  });

  test('is not waited for longer than startTimeoutMs, and a login shell that hangs is gone with the executor', async () => {
    const executor = await open('bash', { loginEnvironment: true });
    await writeFile(join(host.accounts.of('bash').home, '.bash_profile'), 'sleep 300\n');
    const late = { code: 'EXEC_START_TIMEOUT', message: expect.stringContaining('login shell') };
    await expect(executor.exec('true', { startTimeoutMs: 1_000 })).rejects.toMatchObject(late);
    expect(host.server.commands().length).toBeGreaterThan(0);
    await executor.close();
    await expect.poll(() => host.server.commands().length, { timeout: 5_000 }).toBe(0);
  });
});
