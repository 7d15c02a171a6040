import { readFileSync } from 'node:fs';
import { chmod, chown, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sshExecutor } from '@errand/backend-ssh';
import type { Executor } from '@errand/core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { optionsFor, type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped)('a target without comforts', () => {
  let host: SshHost;
  /** All programs of the machine but one. */
  let programs: string;

  beforeAll(async () => {
    programs = await mkdtemp(join(tmpdir(), 'errand-programs-'));
    for (const directory of ['/usr/bin', '/bin'])
      for (const name of await readdir(directory))
        if (name !== 'setsid') await symlink(join(directory, name), join(programs, name)).catch(() => {});
    await chmod(programs, 0o755);
    host = await startSshHost(['dash', 'ash'], [`SetEnv PATH=${programs}`]);
  });

  afterAll(async () => {
    await host?.stop();
    await rm(programs, { recursive: true });
  });

  /** What it takes to run, end and talk to commands. */
  async function serves(executor: Executor): Promise<void> {
    expect(await executor.exec('echo on; exit 3')).toMatchObject({ outcome: 'exited', exitCode: 3, stdout: { text: 'on\n' } });
    const late = await executor.exec('(trap "" TERM; sleep 67) & sleep 67', { timeoutMs: 300, killGraceMs: 300 });
    expect(late.outcome).toBe('timed-out');
    expect((await executor.exec('ps -A -o args')).stdout.text).not.toMatch(/^sleep 67$/m);
    await using session = await executor.openSession();
    await session.exec('cd /; X=1');
    expect((await session.exec('pwd; echo $X')).stdout.text).toBe('/\n1\n');
    await executor.files.write('/tmp/errand-bare', 'inside');
    expect(Buffer.from(await executor.files.read('/tmp/errand-bare')).toString()).toBe('inside');
    await executor.files.remove('/tmp/errand-bare');
  }

  test('that lacks setsid serves all but detached commands, and says what they need', async () => {
    for (const options of [{}, { shells: {} }]) {
      await using executor = sshExecutor({ ...host.options(), ...options });
      await serves(executor);
      const says = { code: 'EXEC_NOT_SUPPORTED', message: expect.stringContaining('setsid') };
      await expect(executor.exec('touch ran', { detached: true, keepMs: 1 })).rejects.toMatchObject(says);
      expect(await executor.files.exists('ran')).toBe(false);
    }
  });

  test('whose /proc has processes and nothing else serves all', async () => {
    const server = await SshServer.start([], { proc: 'processes' });
    onTestFinished(() => server.stop());
    await using executor = sshExecutor({ ...optionsFor(server, host.accounts.of('dash')), shells: {} });
    await serves(executor);
    expect(await executor.exec('echo on; exit 3', { detached: true, keepMs: 1 })).toMatchObject({ outcome: 'exited', exitCode: 3 });
  });

  test('that has no /proc serves commands and files, ends what is in their groups, and says what the rest needs', async () => {
    const server = await SshServer.start([], { proc: 'nothing' });
    onTestFinished(() => server.stop());
    for (const options of [{}, { shells: {} }]) {
      await using executor = sshExecutor({ ...optionsFor(server, host.accounts.of('dash')), ...options });
      expect(await executor.exec('cat; exit 3', { stdin: 'on' })).toMatchObject({ outcome: 'exited', exitCode: 3, stdout: { text: 'on' } });
      const late = await executor.exec('(trap "" TERM; sleep 67) & sleep 67', { timeoutMs: 300, killGraceMs: 300 });
      expect(late.outcome).toBe('timed-out');
      expect(server.commands().filter((pid) => /^sleep.67/s.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1')))).toEqual([]);
      await executor.files.write('there', 'inside');
      expect(Buffer.from(await executor.files.read('there')).toString()).toBe('inside');
      const says = { code: 'EXEC_NOT_SUPPORTED', message: expect.stringContaining('/proc') };
      await expect(executor.openSession()).rejects.toMatchObject(says);
      await expect(executor.exec('true', { detached: true, keepMs: 1 })).rejects.toMatchObject(says);
    }
    await expect.poll(() => server.commands(), { timeout: 20_000 }).toEqual([]);
  });

  test('whose home may not be written serves all but detached commands, and says where they would lie', async () => {
    const server = await SshServer.start();
    onTestFinished(() => server.stop());
    const account = host.accounts.of('ash');
    await chown(account.home, 0, 0);
    await using executor = sshExecutor(optionsFor(server, account));
    await serves(executor);
    const says = { code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('state directory') };
    await expect(executor.exec('touch /tmp/errand-ran', { detached: true, keepMs: 1 })).rejects.toMatchObject(says);
    await expect(executor.files.write('there', '')).rejects.toMatchObject({ code: 'EXEC_PERMISSION' });
    expect(await executor.files.exists('/tmp/errand-ran')).toBe(false);
  });
});
