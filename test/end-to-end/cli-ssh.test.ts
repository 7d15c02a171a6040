import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from '../ssh/ssh-host.ts';
import { atEnd } from './cli/cleanup.ts';
import { type Home, home } from './cli/config-home.ts';
import { type Ended, ERRAND, errand } from './cli/errand.ts';

describe.skipIf(SshServer.isSkipped)('errand, over SSH', () => {
  let host: SshHost;
  let account: string;

  beforeAll(async () => {
    host = await startSshHost(['dash']);
    atEnd(() => host.stop());
    account = host.accounts.of('dash').name;
  });

  /** As text. */
  async function said(ended: Promise<Ended>): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await ended;
    return { code, stdout: String(stdout), stderr: String(stderr) };
  }

  /** A directory with an OpenSSH configuration that alone knows what `web1` is, and whose key it has. */
  async function withConfig(known = true): Promise<Home & { readonly known: string }> {
    const own = await home('version: 1\ntargets:\n  web: { kind: ssh, hosts: { sshConfig: true }, configFile: ssh_config }\n');
    const path = join(own.directory, 'known_hosts');
    const { port, hostKeys, clientKey } = host.server;
    await writeFile(path, known ? hostKeys.map(({ publicKey }) => `[127.0.0.1]:${port} ${publicKey}\n`).join('') : '');
    await writeFile(
      join(own.directory, 'ssh_config'),
      `Host web1\n  HostName 127.0.0.1\n  Port ${port}\n  User ${account}\n  IdentityFile ${clientKey.path}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${path}\n`,
    );
    return { ...own, known: path };
  }

  test('runs a command on a host that only an OpenSSH configuration knows', async () => {
    const { run } = await withConfig();
    expect(await said(run(['run', '--target', 'web1', '--', 'id', '-un']))).toMatchObject({ code: 0, stdout: `${account}\n`, stderr: '' });
    expect(await said(run(['run', '--target', 'web1', '-c', 'cat; exit 3'], 'to the host'))).toMatchObject({
      code: 3,
      stdout: 'to the host',
    });
    expect(await said(run(['targets']))).toMatchObject({ stdout: expect.stringMatching(/^web1 +ssh/m) });
  });

  test('lets an MCP client run one there', async () => {
    const { directory } = await withConfig();
    const [command = '', ...words] = [...ERRAND, 'serve', '--stdio'];
    const client = new Client({ name: 'test', version: '1.0.0' });
    atEnd(() => client.close().catch(() => {}));
    await client.connect(new StdioClientTransport({ command, args: words, cwd: directory, stderr: 'inherit' }));
    const { structuredContent } = await client.callTool({ name: 'run_command', arguments: { command: 'id -un', target: 'web1' } });
    expect(structuredContent).toMatchObject({ outcome: 'exited', exit_code: 0, stdout: `${account}\n` });
    await client.close();
  });

  test('lets an MCP client have jobs there, which run on and are found again without the server', async () => {
    const { directory } = await withConfig();
    const [command = '', ...words] = [...ERRAND, 'serve', '--stdio'];
    const env = { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: join(directory, 'state') };
    const clients: Client[] = [];
    const connect = async (): Promise<(name: string, args: Record<string, unknown>) => Promise<Record<string, unknown>>> => {
      const client = new Client({ name: 'test', version: '1.0.0' });
      clients.push(client);
      atEnd(() => client.close().catch(() => {}));
      await client.connect(new StdioClientTransport({ command, args: words, cwd: directory, stderr: 'inherit', env }));
      return async (name, args) => (await client.callTool({ name, arguments: args })).structuredContent as Record<string, unknown>;
    };
    const first = await connect();
    const long = await first('run_command', {
      command: 'seq 1 30000; read -r line; echo "$line"',
      stdin_open: true,
      wait_ms: 0,
      target: 'web1',
    });
    await first('write_stdin', { job_id: long['job_id'], data: 'over\n' });
    const back = await first('run_command', { command: 'echo begun; exec sleep 3600', background: true, target: 'web1' });
    expect(back).toMatchObject({ state: 'running' });
    const told = async (): Promise<unknown> => (await first('read_output', { job_id: long['job_id'], offset: -5 }))['data'];
    await vi.waitUntil(async () => (await told()) === 'over\n', { timeout: 20_000, interval: 50 });
    await clients[0]?.close();

    const second = await connect();
    expect(await second('read_output', { job_id: back['job_id'] })).toMatchObject({ state: 'running', data: 'begun\n' });
    expect(await second('signal_job', { job_id: back['job_id'], wait_ms: 20_000 })).toMatchObject({ state: 'ended' });
    await clients[1]?.close();
  });

  test('refuses a host whose key it does not know, until errand trust has added it', async () => {
    const { run, known } = await withConfig(false);
    const refused = await said(run(['run', '--target', 'web1', '--', 'true']));
    expect(refused.code).toBe(255);
    const { fingerprint = '' } = host.server.hostKeys[0] ?? {};
    expect(refused.stderr).toContain(`it presented ssh-ed25519 ${fingerprint}`);
    expect(refused.stderr).toContain('errand trust web1');
    expect(await said(run(['trust', 'web1']))).toMatchObject({
      code: 125,
      stderr: expect.stringContaining(`--fingerprint ${fingerprint}`),
    });
    const other = await said(run(['trust', 'web1', '--fingerprint', `SHA256:${'A'.repeat(43)}`]));
    expect(other).toMatchObject({ code: 1, stdout: expect.stringContaining('It was not added.') });
    expect(await readFile(known, 'utf8')).toBe('');
    expect(await said(run(['trust', 'web1', '--fingerprint', fingerprint]))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(known),
    });
    expect(await said(run(['run', '--target', 'web1', '--', 'true']))).toMatchObject({ code: 0, stderr: '' });
    expect(await said(run(['trust', 'web1']))).toMatchObject({ code: 0, stdout: expect.stringContaining(`It is known: ${known}:1`) });
  });

  test('takes ssh:// and what ~/.ssh/config says of the host', async () => {
    const { home: directory, uid } = host.accounts.of('dash');
    const { port, hostKeys, clientKey } = host.server;
    const ssh = join(directory, '.ssh');
    await mkdir(ssh);
    // An account's own, which this process's is not to be changed for.
    const config = `Host web2\n  HostName 127.0.0.1\n  Port ${port}\n  User ${account}\n  IdentityFile ${join(ssh, 'id')}\n`;
    await writeFile(join(ssh, 'config'), config);
    await writeFile(join(ssh, 'id'), clientKey.privateKey, { mode: 0o600 });
    await writeFile(join(ssh, 'known_hosts'), `[127.0.0.1]:${port} ${hostKeys[0]?.publicKey}\n`);
    const { execFileSync } = await import('node:child_process');
    execFileSync('chown', ['-R', String(uid), ssh]);
    await chmod(directory, 0o755);
    const [command = '', ...words] = [...ERRAND, 'run', '--target', 'ssh://web2', '--', 'id', '-un'];
    const out = execFileSync('setpriv', ['--reuid', String(uid), '--clear-groups', command, ...words], {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: directory },
      encoding: 'utf8',
    });
    expect(out).toBe(`${account}\n`);
    expect(await errand(['run', '--target', 'ssh://a b', '--', 'true'])).toMatchObject({ code: 125 });
  });
});
