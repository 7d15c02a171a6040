import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpenSshClient, type SshOutcome } from './open-ssh-client.ts';
import { processFile, processTable } from './process-table.ts';
import { LOGIN_SHELLS, type LoginShell, type SshAccount, SshAccounts } from './ssh-accounts.ts';
import { SshServer } from './sshd.ts';

/** What each shell alone answers so. fish knows no $0, and tcsh has none with -c. */
const PROBES: Readonly<Record<LoginShell, readonly [command: string, answer: RegExp]>> = {
  dash: ['echo $0', /^dash$/],
  bash: ['echo $0 $BASH_VERSION', /^bash \d/],
  ash: ['echo $0', /^ash$/],
  fish: ['status fish-path', /fish$/],
  zsh: ['echo $0 $ZSH_VERSION', /^zsh \d/],
  tcsh: ['echo $version', /^tcsh /],
};
/** In a session of its own, and its parents are gone. */
const DAEMON = '(setsid sleep 600 >/dev/null 2>&1 </dev/null &)';

describe.skipIf(SshServer.isSkipped)('an sshd for tests', () => {
  let client: OpenSshClient;
  let accounts: SshAccounts;
  let dash: SshAccount;
  let server: SshServer;
  let abandoned = '';
  beforeAll(async () => {
    abandoned = await abandonedAccount();
    [client, accounts, server] = await Promise.all([OpenSshClient.make(), SshAccounts.make(), SshServer.start()]);
    dash = accounts.of('dash');
  });
  afterAll(async () => {
    await Promise.all([server?.stop(), client?.remove()]);
    await accounts?.remove();
  });

  test('starts with the accounts of no run that was killed', () => {
    expect(hasAccount(accounts.of('fish').name)).toBe(true);
    expect(hasAccount(abandoned)).toBe(false);
  });

  test.concurrent.each(LOGIN_SHELLS)('takes a key for an account with %s, which runs commands', async (shell) => {
    const [command, answer] = PROBES[shell];
    const { exitCode, stdout } = await client.run(server, accounts.of(shell), `${command}; exit 7`);
    expect(stdout).toMatch(answer);
    expect(exitCode).toBe(7);
  });

  test.concurrent('takes the encrypted key, and its passphrase is needed', async () => {
    const { path, passphrase } = server.encryptedKey;
    const log = (secret: string): Promise<SshOutcome> => client.run(server, dash, 'exit 3', { key: path, secret });
    expect((await log(passphrase)).exitCode).toBe(3);
    expect((await log('')).exitCode).toBe(255);
  });

  test.concurrent('shows the host keys that it tells of', () => {
    const scanned = execFileSync('ssh-keyscan', ['-p', String(server.port), '127.0.0.1'], { encoding: 'utf8', stdio: 'pipe' });
    const keys = scanned
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    expect(keys.toSorted()).toEqual(server.hostKeys.map(({ publicKey }) => `[127.0.0.1]:${server.port} ${publicKey}`).toSorted());
    const fingerprints = server.hostKeys.map(({ path }) => execFileSync('ssh-keygen', ['-lf', path], { encoding: 'utf8' }).split(' ')[1]);
    expect(fingerprints).toEqual(server.hostKeys.map(({ fingerprint }) => fingerprint));
  });

  test.concurrent('takes a password, and by keyboard-interactive, through PAM', async () => {
    const config = ['UsePAM yes', 'PasswordAuthentication yes', 'KbdInteractiveAuthentication yes', 'PubkeyAuthentication no'];
    const withPassword = await SshServer.start(config);
    try {
      const log = (method: string, secret: string): Promise<SshOutcome> => {
        const options = ['-o', `PreferredAuthentications=${method}`, '-o', 'NumberOfPasswordPrompts=1'];
        return client.run(withPassword, accounts.withPassword, 'exit 3', { options, secret });
      };
      const { password } = accounts.withPassword;
      const attempts = [log('password', password), log('keyboard-interactive', password), log('password', 'wrong')];
      expect((await Promise.all(attempts)).map(({ exitCode }) => exitCode)).toEqual([3, 3, 255]);
      expect(withPassword.log).toContain('Accepted keyboard-interactive/pam');
    } finally {
      await withPassword.stop();
    }
  });

  test.concurrent('has the settings that it is given, and lets in the keys that it is told, with their options', async ({ expect }) => {
    const strict = await SshServer.start(['MaxSessions 1', `Match User ${accounts.of('bash').name}`, 'ForceCommand echo forced']);
    try {
      expect((await client.run(strict, accounts.of('bash'), 'echo asked')).stdout).toBe('forced');
      const socket = client.path('control');
      const master = client.run(strict, dash, 'echo first; exec sleep 600', { options: ['-M', '-S', socket] });
      await expect.poll(() => existsSync(socket) && namesOf(strict.commands()), { timeout: 10_000 }).toEqual(['sleep']);
      // Refused on that connection, it would make one of its own.
      const second = await client.run(strict, dash, 'echo second', { options: ['-S', socket, '-o', 'ProxyCommand=false'] });
      expect(second.stderr).toContain('Session open refused by peer');
      await strict.killConnections();
      expect(await master).toMatchObject({ exitCode: 255, stdout: 'first' });

      await strict.authorize([`restrict,command="echo restricted" ${strict.clientKey.publicKey}`]);
      expect((await client.run(strict, dash, 'echo asked')).stdout).toBe('restricted');
      await strict.authorize([]);
      expect(await client.run(strict, dash, 'echo asked')).toMatchObject({ exitCode: 255, stdout: '' });
    } finally {
      await strict.stop();
    }
  });

  test('that hangs takes connections and says nothing, and goes on', async () => {
    server.pause();
    const socket = connect(server.port, '127.0.0.1');
    let said = '';
    socket.on('data', (data) => {
      said += data;
    });
    await once(socket, 'connect');
    await delay(300);
    expect(said).toBe('');
    server.resume();
    await expect.poll(() => said, { timeout: 10_000 }).toMatch(/^SSH-2\.0-OpenSSH/);
    socket.destroy();
  });

  test('that is restarted keeps its connections; what runs outlives an sshd that is killed, and nothing outlives stop', async () => {
    const until = 'until test -e go; do sleep 0.1; done; echo went; exit 4';
    const first = client.run(server, dash, `${DAEMON}; ${until}`);
    await expect.poll(() => server.commands().length, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(server.connections()).toHaveLength(1);
    await server.stopListening();
    expect(await answers(server.port)).toBe(false);
    await writeFile(join(dash.home, 'go'), '');
    expect(await first).toEqual({ exitCode: 4, stdout: 'went', stderr: '' });

    await server.start();
    const second = client.run(server, dash, 'echo started; exec env -i sleep 600');
    await expect.poll(() => namesOf(server.commands()), { timeout: 10_000 }).toEqual(['sleep', 'sleep']);
    const commands = server.commands();
    server.pause();
    await expect.poll(() => server.connections().map(stateOf), { timeout: 10_000 }).toEqual(['T']);
    expect(commands.map(stateOf)).toEqual(['S', 'S']);
    server.resume();
    await expect.poll(() => server.connections().map(stateOf), { timeout: 10_000 }).toEqual(['S']);
    await server.kill();
    expect(await second).toMatchObject({ exitCode: 255, stdout: 'started' });
    expect(server.connections()).toEqual([]);
    expect(server.commands()).toEqual(commands);

    await server.start();
    expect((await client.run(server, dash, 'exit 5')).exitCode).toBe(5);
    await server.stop();
    expect(namesOf(commands)).toEqual([]);
    expect(await answers(server.port)).toBe(false);
    expect(existsSync(dirname(server.clientKey.path))).toBe(false);
  });

  test('accounts go with their homes and with what runs as them', async () => {
    const all = [...LOGIN_SHELLS.map((shell) => accounts.of(shell)), accounts.withPassword];
    expect(all.map(({ name, uid, home }) => [hasAccount(name), uid > 0, existsSync(home)])).toEqual(all.map(() => [true, true, true]));
    const exit = once(spawn('sleep', ['600'], { uid: accounts.of('fish').uid, stdio: 'ignore' }), 'exit');
    await accounts.remove();
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(all.map(({ name, home }) => [hasAccount(name), existsSync(home)])).toEqual(all.map(() => [false, false]));
  });
});

/** An account that was made by a process that is gone. */
async function abandonedAccount(): Promise<string> {
  const maker = spawn('true');
  await once(maker, 'exit');
  const name = `errand-t-dash-${maker.pid}`;
  execFileSync('useradd', ['--no-create-home', '--home-dir', '/nonexistent', name]);
  return name;
}

function hasAccount(name: string): boolean {
  return ['passwd', 'shadow', 'group'].some((file) => readFileSync(`/etc/${file}`, 'utf8').includes(`${name}:`));
}

/** Names of the programs that run under these pids. Not those of zombies: init may be slow to reap what had no other parent. */
function namesOf(pids: readonly number[]): string[] {
  return processTable().flatMap(({ pid }) => (pids.includes(pid) ? [processFile(pid, 'comm').trim()] : []));
}

/** T is stopped by a signal. */
function stateOf(pid: number): string | undefined {
  return /\) (?<state>\S)/.exec(processFile(pid, 'stat'))?.groups?.['state'];
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
