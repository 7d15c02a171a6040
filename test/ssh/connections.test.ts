import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type SshExecutorOptions, sshExecutor } from '@errand/backend-ssh';
import type { Execution, Executor } from '@errand/core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';
import { optionsFor, type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped)('connections to a host', () => {
  const executors: Executor[] = [];
  const stops: (() => Promise<void>)[] = [];
  let host: SshHost;

  beforeAll(async () => {
    host = await startSshHost(['dash']);
  });

  afterEach(async () => {
    await Promise.all(executors.splice(0).map((executor) => executor.close()));
    for (const stop of stops.splice(0)) await stop();
    await vi.waitUntil(() => host.server.connections().length === 0 && host.server.commands().length === 0, { timeout: 5_000 });
  });

  afterAll(() => host?.stop());

  function open(more: Partial<SshExecutorOptions> = {}, server: SshServer = host.server): Executor {
    const executor = sshExecutor({ ...optionsFor(server, host.accounts.of('dash')), ...more });
    executors.push(executor);
    return executor;
  }

  async function serverWith(...config: string[]): Promise<SshServer> {
    const other = await SshServer.start(config);
    stops.push(() => other.stop());
    return other;
  }

  /** As many at once as this, each of which must say its number. */
  async function allSay(executor: Executor, n: number): Promise<void> {
    const said = await Promise.all(Array.from({ length: n }, (_, i) => executor.exec(`echo ${i}`).then(({ stdout }) => stdout.text)));
    expect(said).toEqual(Array.from({ length: n }, (_, i) => `${i}\n`));
  }

  test('carry 64 commands at once, and are no more than they need to be', async () => {
    await allSay(open(), 64);
    expect(host.server.connections().length).toBeLessThanOrEqual(14);
  });

  test('are no more than maxConnections', async () => {
    await allSay(open({ maxConnections: 2 }), 30);
    expect(host.server.connections()).toHaveLength(2);
  });

  test('are closed when nobody used them for a while', async () => {
    const executor = open({ idleMs: 300 });
    await allSay(executor, 30);
    await vi.waitUntil(() => host.server.connections().length === 0, { timeout: 5_000 });
    await allSay(executor, 6);
  });

  test('that close at once serve one command after the other, as does what watches over them', async () => {
    for (const shells of [undefined, { idleMs: 1 }]) {
      const executor = open({ idleMs: 0, ...(shells && { shells }) });
      for (let i = 0; i < 12; i++) {
        await allSay(executor, 1 + (i % 3));
        await delay((i * 7) % 20);
      }
    }
  });

  test('stay for what watches over a session, which may have left something running', async () => {
    const executor = open({ idleMs: 100 });
    const session = await executor.openSession();
    await session.exec('sleep 60 & sleep 0.5');
    const running = host.server.commands();
    await delay(1_000);
    const still = new Set(host.server.commands());
    // The session has three. Some of what watches over it comes and goes.
    expect(running.filter((pid) => still.has(pid)).length).toBeGreaterThanOrEqual(5);
    await session.close();
    await vi.waitUntil(() => host.server.connections().length === 0, { timeout: 5_000 });
  });

  test('serve a host that allows one session a connection', async () => {
    const narrow = await serverWith('MaxSessions 1');
    await allSay(open({}, narrow), 8);
  });

  test('are opened a few at a time, for a host that lets in no more', async () => {
    const narrow = await serverWith('MaxStartups 3:100:4');
    await allSay(open({}, narrow), 40);
  });

  test('are opened once others have left room for them, however many tries that takes', async () => {
    const full = await serverWith('MaxStartups 1:100:1');
    // Somebody who connects and does not log in.
    const other = connect({ host: '127.0.0.1', port: full.port });
    stops.push(async () => void other.destroy());
    await once(other, 'data');
    let tries = 0;
    const executor = open(
      {
        connect: async () => {
          tries += 1;
          if (tries === 6) other.destroy();
          return connect({ host: '127.0.0.1', port: full.port, noDelay: true });
        },
      },
      full,
    );
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    expect(tries).toBeGreaterThan(5);
  });

  test('that are lost make what runs unknown, and the next command has another one; nothing runs twice', async () => {
    const executor = open();
    const ledger = join(host.accounts.of('dash').home, 'ledger');
    const execution = executor.spawn(`echo ran >>${ledger}; echo on; sleep 20`);
    await execution[Symbol.asyncIterator]().next();
    await host.server.killConnections();
    const result = await execution.result;
    expect(result).toMatchObject({ outcome: 'unknown', stdout: { totalBytes: 3 } });
    expect(result.reason).toContain('the connection was lost');
    expect((await executor.exec(`cat ${ledger}`)).stdout.text).toBe('ran\n');
  });

  test.each<[string, Partial<SshExecutorOptions>, (executor: Executor) => Promise<{ spawn(command: string): Execution }>]>([
    ['in processes', {}, async (executor) => executor],
    ['in warm shells', { shells: { max: 2, warm: 1 } }, async (executor) => executor],
    ['in a session', {}, (executor) => executor.openSession()],
  ])('that are lost say so in the cause of what ran: %s', async (_where, options, opened) => {
    const executor = open(options);
    await executor.exec('true');
    const execution = (await opened(executor)).spawn('echo on; sleep 20');
    await execution[Symbol.asyncIterator]().next();
    await host.server.killConnections();
    expect(await execution.result).toMatchObject({ outcome: 'unknown', cause: 'connection-lost' });
  });

  test('that end in the middle of a handshake are opened again', async () => {
    const proxy = await TcpProxy.start(host.server.port);
    stops.push(() => proxy.stop());
    const executor = open({ port: proxy.port });
    proxy.after('toClient', 700, 'cut');
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
  });

  test('that cannot be opened are EXEC_CONNECT with the reason, and after several tries in a row the host is spared', async () => {
    const executor = open({ port: 1 });
    const refused = await executor.exec('true').catch((fault: unknown) => fault);
    expect(refused).toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringContaining('ECONNREFUSED') });
    await Promise.allSettled(Array.from({ length: 8 }, () => executor.exec('true')));
    for (let i = 0; i < 6; i += 1) await executor.exec('true').catch(() => {});
    const spared = await executor.exec('true').catch((fault: unknown) => fault);
    expect(spared).toMatchObject({
      code: 'EXEC_CONNECT',
      message: expect.stringContaining('left alone'),
      detail: { retryAfterMs: 10_000 },
    });
  });

  test('take longer than connectTimeoutMs where the server says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    stops.push(async () => void silent.close());
    const refused = await open({ port: Object(silent.address()).port, connectTimeoutMs: 300 })
      .exec('true')
      .catch((fault: unknown) => fault);
    expect(refused).toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringContaining('connectTimeoutMs') });
  });

  test('go through a stream of the caller', async () => {
    let streams = 0;
    const executor = open({
      host: 'nowhere.invalid',
      connect: async () => {
        streams += 1;
        return connect({ host: '127.0.0.1', port: host.server.port, noDelay: true });
      },
    });
    await allSay(executor, 12);
    expect(streams).toBe(host.server.connections().length);
  });

  test('that are lost alone, with what watches over the commands of others, are told of in the results of those', async () => {
    const sockets: Socket[] = [];
    const executor = open({
      connect: async () => {
        sockets.push(connect({ host: '127.0.0.1', port: host.server.port, noDelay: true }));
        return sockets.at(-1) ?? new Socket();
      },
    });
    await allSay(executor, 1);
    const executions = Array.from({ length: 9 }, () => executor.spawn('echo on; sleep 20'));
    for (const execution of executions) await execution[Symbol.asyncIterator]().next();
    sockets[0]?.destroy();
    const results = await Promise.all(executions.map(({ result }) => result));
    const ended = results.filter(({ outcome }) => outcome === 'signaled');
    expect(ended.length).toBeGreaterThan(0);
    for (const result of ended)
      expect(result).toMatchObject({ cause: 'connection-lost', reason: expect.stringContaining('connection-lost') });
    expect(results.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(executions.length - ended.length);
  });

  test('that are gone a moment before a command are replaced for it', async () => {
    const sockets: Socket[] = [];
    const executor = open({
      connect: async () => {
        const socket = connect({ host: '127.0.0.1', port: host.server.port, noDelay: true });
        sockets.push(socket);
        return socket;
      },
    });
    for (let i = 0; i < 3; i += 1) {
      await allSay(executor, 1);
      for (const socket of sockets.splice(0)) socket.destroy();
    }
    await allSay(executor, 1);
  });

  test('are not waited for where connect does not heed its signal, and what is no stream is refused', async () => {
    const deaf = open({ connect: () => new Promise(() => {}), connectTimeoutMs: 100 });
    await expect(deaf.exec('true')).rejects.toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringContaining('connectTimeoutMs') });
    const waiting = open({ connect: () => new Promise(() => {}) });
    const pending = waiting.exec('true').catch((fault: unknown) => fault);
    await delay(50);
    const since = performance.now();
    await waiting.close();
    expect(await pending).toMatchObject({ code: 'EXEC_CLOSED' });
    const asking = open({ configFile: join(host.accounts.of('dash').home, 'slow') });
    await writeFile(join(host.accounts.of('dash').home, 'slow'), 'Match exec "sleep 20"\n');
    asking.exec('true').catch(() => {});
    await delay(200);
    await asking.close();
    expect(performance.now() - since).toBeLessThan(5_000);
    const odd = open({ connect: async () => Object({}) });
    await expect(odd.exec('true')).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION', message: expect.stringContaining('connect') });
  });

  test('end with the executor, whatever is being opened', async () => {
    const executor = sshExecutor(host.options());
    const pending = Promise.allSettled(Array.from({ length: 20 }, () => executor.exec('sleep 5')));
    await vi.waitUntil(() => host.server.connections().length > 0, { timeout: 5_000, interval: 5 });
    await executor.close();
    for (const end of await pending) {
      if (end.status === 'fulfilled') expect(end.value.outcome).toBe('cancelled');
      else expect(end.reason).toMatchObject({ code: 'EXEC_CLOSED' });
    }
  });
});
