import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presentedHostKey, type SshExecutorOptions, type SshJump, sshExecutor } from '@errand/backend-ssh';
import type { Executor } from '@errand/core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { optionsFor, type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped)('a host behind others', () => {
  let host: SshHost;
  /** The jump host; `host` is behind it, though this machine could reach it. */
  let bastion: SshServer;
  let directory: string;
  const executors: Executor[] = [];

  beforeAll(async () => {
    host = await startSshHost(['dash']);
    bastion = await SshServer.start();
    directory = await mkdtemp(join(tmpdir(), 'errand-jumps-'));
  });

  afterEach(async () => {
    await Promise.all(executors.splice(0).map((executor) => executor.close()));
    await vi.waitUntil(() => [bastion, host.server].every((server) => server.connections().length === 0), { timeout: 5_000 });
  });

  afterAll(async () => {
    await bastion?.stop();
    await host?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** An OpenSSH configuration of these hosts: where each is, and what else it says. */
  async function openConfigured(
    hosts: Readonly<Record<string, readonly [SshServer | number, ...string[]]>>,
    more: Partial<SshExecutorOptions> = {},
  ): Promise<Executor> {
    const known = join(directory, 'known_hosts');
    const servers = [host.server, bastion];
    const lines = servers.flatMap(({ port, hostKeys }) => hostKeys.map(({ publicKey }) => `[127.0.0.1]:${port} ${publicKey}\n`));
    await writeFile(known, lines.join(''));
    const blocks = Object.entries(hosts).map(([name, [server, ...more]]) => {
      const port = typeof server === 'number' ? server : server.port;
      const key = typeof server === 'number' ? host.server.clientKey : server.clientKey;
      const own = [`User ${host.accounts.of('dash').name}`, 'HostName 127.0.0.1', `Port ${port}`, `IdentityFile ${key.path}`];
      return [`Host ${name}`, ...own, `UserKnownHostsFile ${known}`, 'IdentityAgent none', ...more].join('\n  ');
    });
    const configFile = join(directory, 'config');
    await writeFile(configFile, `${blocks.join('\n')}\n`);
    return open({ host: 'target', configFile, ...more });
  }

  function open(options: SshExecutorOptions): Executor {
    const executor = sshExecutor(options);
    executors.push(executor);
    return executor;
  }

  /** What is to be said of a hop, where no configuration says it. */
  function hop(server: SshServer): SshJump {
    const { configFile: _none, ...said } = optionsFor(server, host.accounts.of('dash'));
    return said;
  }

  async function says(executor: Executor): Promise<string> {
    return (await executor.exec('echo on')).stdout.text;
  }

  test('is reached through one, whose one connection carries all', async () => {
    const executor = await openConfigured({ target: [host.server, 'ProxyJump jump'], jump: [bastion] });
    // More at once than one connection to the host takes.
    const executions = Array.from({ length: 12 }, () => executor.spawn('echo on; cat', { stdin: 'pipe' }));
    for (const execution of executions) await execution[Symbol.asyncIterator]().next();
    expect(bastion.connections()).toHaveLength(1);
    expect(host.server.connections().length).toBeGreaterThan(1);
    for (const { stdin } of executions) stdin?.end();
    const results = await Promise.all(executions.map(({ result }) => result));
    expect(results.map(({ stdout }) => stdout.text)).toEqual(Array(12).fill('on\n'));
  });

  test('is reached through several, in their order', async () => {
    const executor = await openConfigured({ target: [host.server, 'ProxyJump jump,second'], jump: [bastion], second: [host.server] });
    expect(await says(executor)).toBe('on\n');
    expect([bastion.connections().length, host.server.connections().length]).toEqual([1, 2]);
  });

  test('is reached through one that is behind another itself', async () => {
    const executor = await openConfigured({
      target: [host.server, 'ProxyJump jump'],
      jump: [bastion, 'ProxyJump first'],
      first: [host.server],
    });
    expect(await says(executor)).toBe('on\n');
    expect([bastion.connections().length, host.server.connections().length]).toEqual([1, 2]);
  });

  test('is reached by a ProxyCommand, which ends with the connection', async () => {
    const script = 'const s=require("net").connect(process.argv[1],"127.0.0.1");process.stdin.pipe(s).pipe(process.stdout)';
    const command = `${process.execPath} -e '${script}' %p`;
    const executor = await openConfigured({ target: [host.server, `ProxyCommand ${command}`] });
    expect(await says(executor)).toBe('on\n');
  });

  test('is EXEC_CONNECT where the ProxyCommand fails, with what it said', async () => {
    const executor = await openConfigured({ target: [host.server, 'ProxyCommand sh -c "echo no way >&2; exit 3"'] });
    await expect(says(executor)).rejects.toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringContaining('no way') });
  });

  test('is EXEC_CONNECT where a jump host is down, which is named', async () => {
    const executor = await openConfigured({ target: [host.server, 'ProxyJump jump'], jump: [1] });
    await expect(says(executor)).rejects.toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringContaining('jump:1') });
  });

  test('is EXEC_INVALID_OPTION where jump hosts lead to one another', async () => {
    const executor = await openConfigured({
      target: [host.server, 'ProxyJump jump'],
      jump: [bastion, 'ProxyJump other'],
      other: [host.server, 'ProxyJump jump'],
    });
    await expect(says(executor)).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION', message: expect.stringContaining('jump hosts') });
  });

  test('is unknown for what ran when the jump host is lost, and the next command is carried by a new connection', async () => {
    const executor = await openConfigured({ target: [host.server, 'ProxyJump jump'], jump: [bastion] });
    const execution = executor.spawn('echo on; sleep 20');
    await execution[Symbol.asyncIterator]().next();
    await bastion.killConnections();
    expect(await execution.result).toMatchObject({ outcome: 'unknown', stdout: { totalBytes: 3 } });
    expect(await says(executor)).toBe('on\n');
  });

  describe('with jumps, and without a configuration', () => {
    const counts = (): number[] => [bastion.connections().length, host.server.connections().length];

    test('is reached through one, whose key is its own and which has its own way to log in', async () => {
      const executor = open({ ...host.options(), jumps: [hop(bastion)] });
      const [one, two] = await Promise.all([says(executor), says(executor)]);
      expect([one, two]).toEqual(['on\n', 'on\n']);
      expect(counts()).toEqual([1, 1]);
    });

    test('is reached through several, in their order, each from the one before', async () => {
      const executor = open({ ...host.options(), jumps: [hop(bastion), hop(host.server), hop(bastion)] });
      expect(await says(executor)).toBe('on\n');
      expect(counts()).toEqual([2, 2]);
    });

    test('is not reached where nothing is said of how to log in to one: what is said for the target is not tried there', async () => {
      const { authentication: _none, ...said } = hop(bastion);
      // With what the target is given one could log in there.
      const executor = open({ ...host.options(), authentication: [{ privateKeyFile: bastion.clientKey.path }], jumps: [said] });
      const message = expect.stringContaining(`127.0.0.1:${bastion.port} does not let us in`);
      await expect(says(executor)).rejects.toMatchObject({ code: 'EXEC_AUTH', message });
    });

    test('is EXEC_HOST_KEY where one has another key than is said, and nobody logs in there', async () => {
      const { hostKey } = hop(host.server);
      // Of its own: only the end of a server's log is kept.
      const jump = await SshServer.start();
      onTestFinished(() => jump.stop());
      const executor = open({ ...host.options(), jumps: [{ ...hop(jump), ...(hostKey && { hostKey }) }] });
      const message = expect.stringContaining('jumps[0].hostKey.fingerprint');
      await expect(says(executor)).rejects.toMatchObject({ code: 'EXEC_HOST_KEY', message });
      const { hostKey: _none, ...said } = hop(jump);
      const knownHosts = join(directory, 'none');
      const second = open({ ...host.options(), jumps: [hop(host.server), { ...said, hostKey: { knownHosts } }] });
      const unknown = expect.stringMatching(/not known.*own: jumps\[1\]\.hostKey: \{ fingerprint: 'SHA256:/);
      await expect(says(second)).rejects.toMatchObject({ code: 'EXEC_HOST_KEY', message: unknown });
      // Nobody but the one who is let in.
      await says(open({ ...host.options(), jumps: [hop(jump)] }));
      const logins = (): number => jump.log.split('Accepted publickey').length - 1;
      await expect.poll(logins, { timeout: 10_000 }).toBeGreaterThan(0);
      expect(logins()).toBe(1);
    });

    test('presents its key through them', async () => {
      const { fingerprint, status } = await presentedHostKey({ ...host.options(), jumps: [hop(bastion)] });
      expect(host.server.hostKeys.map((key) => key.fingerprint)).toContain(fingerprint);
      expect(status).toBe('unknown');
    });

    test('is EXEC_CONNECT where one is down, which is named', async () => {
      const executor = open({ ...host.options(), jumps: [hop(bastion), { ...hop(bastion), port: 1 }] });
      await expect(says(executor)).rejects.toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringContaining('127.0.0.1:1') });
    });
  });

  test('with jumps is reached through those alone, which may be text, whatever its configuration says', async () => {
    const hosts = { target: [host.server, 'ProxyCommand exit 3'], jump: [bastion, 'ProxyJump nowhere'] } as const;
    const executor = await openConfigured(hosts, { jumps: [`${host.accounts.of('dash').name}@jump:${bastion.port}`] });
    expect(await says(executor)).toBe('on\n');
    expect(bastion.connections()).toHaveLength(1);
    expect(await says(await openConfigured(hosts, { jumps: [] }))).toBe('on\n');
    expect(bastion.connections()).toHaveLength(1);
  });

  test('is EXEC_HOST_KEY where the key of a jump host is not known, and says what makes it known: trust asks of each on the way', async () => {
    await openConfigured({
      target: [host.server, 'ProxyJump first,second'],
      first: [bastion],
      second: [host.server, 'HostKeyAlias second'],
    });
    const known = join(directory, 'known_hosts');
    await writeFile(known, '');
    const options = { host: 'target', name: 'mine', configFile: join(directory, 'config') };
    const message = expect.stringMatching(
      /errand trust mine, or jumps: \[\{ host: 'first', hostKey: \{ fingerprint: 'SHA256:.*StrictHostKeyChecking accept-new/,
    );
    await expect(says(open(options))).rejects.toMatchObject({ code: 'EXEC_HOST_KEY', message });
    const seen: unknown[] = [];
    for (let jumps = true; jumps; ) {
      const key = await presentedHostKey(options);
      seen.push([key.host, key.isJump ?? false]);
      expect(await key.add()).toBe(known);
      jumps = key.isJump ?? false;
    }
    expect(seen).toEqual([
      [`[127.0.0.1]:${bastion.port}`, true],
      ['second', true],
      [`[127.0.0.1]:${host.server.port}`, false],
    ]);
    expect(await says(open(options))).toBe('on\n');
  });
});
