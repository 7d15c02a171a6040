import { sshExecutor } from '@errand/backend-ssh';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped)('a server that allows one session on a connection', () => {
  let host: SshHost;

  beforeAll(async () => {
    host = await startSshHost(['dash'], ['MaxSessions 1']);
  });

  afterAll(() => host?.stop());

  test('serves commands, sessions, detached commands, terminals and files, several at once, and warm shells too', async () => {
    for (const options of [{}, { shells: {} }]) {
      await using executor = sshExecutor({ ...host.options(), ...options });
      const commands = Array.from({ length: 4 }, (_, i) => executor.exec(`echo ${i}`));
      const said = (await Promise.all(commands)).map(({ stdout }) => stdout.text);
      expect(said).toEqual(['0\n', '1\n', '2\n', '3\n']);
      await using session = await executor.openSession();
      expect((await session.exec('read -r line; echo "$line"', { stdin: 'on\n' })).stdout.text).toBe('on\n');
      expect((await executor.exec('echo on', { detached: true, keepMs: 1 })).stdout.text).toBe('on\n');
      await using terminal = await executor.openTerminal({ command: 'exit 3' });
      expect(await terminal.result).toMatchObject({ exitCode: 3 });
      await executor.files.write('there', 'inside');
      expect(Buffer.from(await executor.files.read('there')).toString()).toBe('inside');
    }
  });

  test('says what is in the way where there is one connection too, which its supervisor has', async () => {
    await using executor = sshExecutor({ ...host.options(), maxConnections: 1, defaults: { startTimeoutMs: 3_000 } });
    const says = {
      code: 'EXEC_START_TIMEOUT',
      message: expect.stringMatching(/1 on 1 connection: MaxSessions there, maxConnections here/),
    };
    await expect(executor.exec('touch "$HOME/ran"')).rejects.toMatchObject(says);
    const others = [executor.openSession(), executor.attach('host-0123456789abcdef0123')];
    for (const end of await Promise.allSettled(others)) expect(end).toMatchObject({ status: 'rejected', reason: says });
    await using wider = sshExecutor(host.options());
    expect(await wider.files.exists('ran')).toBe(false);
  });
});
