import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type Forwarding, type SocketAddress, type SshExecutor, type SshExecutorOptions, sshExecutor } from '@errand/backend-ssh';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

const MIB = 1_048_576;

describe.skipIf(SshServer.isSkipped)('forwarding over SSH', () => {
  let host: SshHost;
  let directory: string;
  const opened: (() => unknown)[] = [];
  beforeAll(async () => {
    host = await startSshHost(['dash']);
    directory = await mkdtemp(join(tmpdir(), 'errand-forwarding-'));
    // The account of the host makes sockets there too.
    await chmod(directory, 0o777);
  });
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await host.stop();
    await rm(directory, { recursive: true, force: true });
  });

  function executorOf(overrides: Partial<SshExecutorOptions> = {}): SshExecutor {
    const executor = sshExecutor({ ...host.options(), ...overrides });
    opened.push(() => executor.close());
    return executor;
  }

  /** A server of this test; the host, which is this machine, sees it too. */
  async function serve(serveOne: (socket: Socket) => void, at: { port: number; host?: string } | { path: string } = { port: 0 }) {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
      serveOne(socket);
    });
    server.listen('port' in at ? { host: '127.0.0.1', ...at } : at);
    await once(server, 'listening');
    if ('path' in at) await chmod(at.path, 0o666);
    opened.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { address: addressOf(server), sockets };
  }

  const echo = (socket: Socket): void => void socket.pipe(socket);
  /** Answers once it has everything: how much that was. */
  const count = (socket: Socket): void => void buffer(socket).then((all) => socket.end(`${all.length} bytes`));
  let next = 0;
  const path = (): string => join(directory, `socket-${next++}`);

  test('a stream to an address as the host sees it ends both ways, and with the executor', async () => {
    const to = path();
    await serve(echo, { path: to });
    const executor = executorOf();
    const stream = await executor.connectTo({ path: to });
    stream.end('to the host');
    expect(await text(stream)).toBe('to the host');
    await expect(executor.connectTo({ path: '/nonexistent.sock' })).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
    await expect(executor.connectTo({ path: 'relative' })).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
    await expect(executor.connectTo({ path: to }, { signal: AbortSignal.abort(new Error('no more')) })).rejects.toThrow('no more');
    const open = await executor.connectTo({ path: to });
    const closed = once(open, 'close');
    await executor.close();
    await closed;
    await expect(executor.connectTo({ path: to })).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
  });

  describe.each(['forwardLocal', 'forwardRemote'] as const)('%s', (method) => {
    test.each<[string, () => SocketAddress, () => SocketAddress]>([
      ['TCP to TCP', () => ({ port: 0 }), () => ({ port: 0 })],
      ['TCP to a Unix socket', () => ({ port: 0 }), () => ({ path: path() })],
      ['a Unix socket to TCP', () => ({ path: path() }), () => ({ port: 0 })],
      ['a Unix socket to another', () => ({ path: path() }), () => ({ path: path() })],
    ])('carries every byte both ways: %s', async (_name, listen, to) => {
      const { address } = await serve(echo, to());
      const forwarding = await executorOf()[method]({ listen: listen(), to: address });
      const sent = Buffer.alloc(10 * MIB, (await stat(directory)).ino.toString(36));
      for (let i = 0; i < sent.length; i += 4099) sent[i] = i % 251;
      const client = await clientOf(forwarding);
      client.end(sent);
      const came = await buffer(client);
      expect(came.equals(sent)).toBe(true);
    });

    test('lets each side end what it sends, and go on reading', async () => {
      const { address } = await serve(count);
      const forwarding = await executorOf()[method]({ listen: { port: 0 }, to: address });
      const client = await clientOf(forwarding);
      client.end('12345');
      expect(await text(client)).toBe('5 bytes');

      let heard: Promise<string> | undefined;
      const greeter = await serve((socket) => {
        socket.end('bye');
        heard = text(socket);
      });
      const other = await clientOf(await executorOf()[method]({ listen: { port: 0 }, to: greeter.address }));
      expect(await text(other)).toBe('bye');
      other.end('and you');
      await expect.poll(() => heard).toBe('and you');
    });

    test('holds up a sender whose reader does not read', async () => {
      const { address, sockets } = await serve((socket) => void socket.pause());
      const forwarding = await executorOf()[method]({ listen: { port: 0 }, to: address });
      const client = await clientOf(forwarding);
      let sent = 0;
      const send = (): void => {
        client.write(Buffer.alloc(MIB), () => {
          sent += 1;
          if (sent < 200) send();
        });
      };
      send();
      await delay(1_500);
      expect(sent).toBeLessThan(60);
      const before = sent;
      for (const socket of sockets) socket.resume();
      await expect.poll(() => sent, { timeout: 10_000 }).toBeGreaterThan(before + 20);
      client.destroy();
    });

    test('serves several at once, and one that breaks off alone', async () => {
      const { address, sockets } = await serve(echo);
      const errors: Error[] = [];
      const forwarding = await executorOf()[method]({ listen: { port: 0 }, to: address }, { onError: (error) => errors.push(error) });
      const clients = await Promise.all(Array.from({ length: 30 }, () => clientOf(forwarding)));
      await expect.poll(() => sockets.size).toBe(30);
      expect(forwarding.connections).toBe(30);
      clients[0]?.resetAndDestroy();
      await expect.poll(() => sockets.size).toBe(29);
      const texts = clients.slice(1).map(async (client, i) => {
        client.end(`I am ${i}`);
        return await text(client);
      });
      expect(await Promise.all(texts)).toEqual(texts.map((_, i) => `I am ${i}`));
      await expect.poll(() => forwarding.connections).toBe(0);
      expect(host.server.connections()).toHaveLength(1);
    });

    test('closes who wants to go where nobody listens, says why, and goes on', async () => {
      const port = await closedPort();
      const errors: Error[] = [];
      const forwarding = await executorOf()[method]({ listen: { port: 0 }, to: { port } }, { onError: (error) => errors.push(error) });
      const client = await clientOf(forwarding);
      await ended(client);
      await expect.poll(() => errors).toEqual([expect.objectContaining({ code: 'EXEC_UNAVAILABLE' })]);
      expect(errors[0]?.message).toMatch(new RegExp(`127.0.0.1:${port}: .*refused`, 'i'));
      await serve(echo, { port });
      const second = await clientOf(forwarding);
      second.end('hello');
      expect(await text(second)).toBe('hello');
    });

    test.each([
      [
        'threw',
        () => {
          throw new Error('no log');
        },
      ],
      ['rejected', () => Promise.reject(new Error('no log'))],
    ])('is closed where its onError %s, and says so', async (_what, onError) => {
      const forwarding = await executorOf()[method]({ listen: { port: 0 }, to: { port: await closedPort() } }, { onError });
      await ended(await clientOf(forwarding));
      expect(await forwarding.closed).toMatchObject({ code: 'EXEC_CLOSED', message: expect.stringContaining('onError threw: no log') });
      await expect(clientOf(forwarding)).rejects.toThrow('ECONNREFUSED');
    });

    test('leaves nothing when it is closed: no listener, socket file, stream, connection', async () => {
      const { address, sockets } = await serve(echo);
      const executor = executorOf();
      const tcp = await executor[method]({ listen: { port: 0 }, to: address });
      const unix = await executor[method]({ listen: { path: path() }, to: address });
      const [first, second] = [await clientOf(tcp), await clientOf(unix)];
      await expect.poll(() => sockets.size).toBe(2);
      expect(host.server.connections()).toHaveLength(1);
      await tcp.close();
      await ended(first);
      await expect(clientOf(tcp)).rejects.toThrow('ECONNREFUSED');
      expect(await tcp.closed).toBe(undefined);
      // The other one still has the connection.
      second.write('still here');
      expect(String(await once(second, 'data'))).toBe('still here');
      await unix.close();
      await unix.close();
      await ended(second);
      expect(existsSync(unix.address.path)).toBe(false);
      await expect.poll(() => sockets.size).toBe(0);
      await expect.poll(() => host.server.connections()).toEqual([]);
    });

    test('ends with the executor, which opens none after', async () => {
      const { address, sockets } = await serve(echo);
      const executor = executorOf();
      const forwarding = await executor[method]({ listen: { port: 0 }, to: address });
      await ready(await clientOf(forwarding));
      const opening = executor[method]({ listen: { port: 0 }, to: address });
      const refused = expect(opening).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
      await executor.close();
      await refused;
      expect(await forwarding.closed).toBe(undefined);
      await expect(executor[method]({ listen: { port: 0 }, to: address })).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
      await expect.poll(() => sockets.size).toBe(0);
      await expect.poll(() => host.server.connections()).toEqual([]);
    });

    test('is closed by its signal', async () => {
      const { address } = await serve(echo);
      const abort = new AbortController();
      const forwarding = await executorOf()[method]({ listen: { port: 0 }, to: address }, { signal: abort.signal });
      abort.abort();
      expect(await forwarding.closed).toBe(undefined);
      await expect.poll(() => host.server.connections()).toEqual([]);
      await expect(
        executorOf()[method]({ listen: { port: 0 }, to: address }, { signal: AbortSignal.abort(new Error('no more')) }),
      ).rejects.toThrow('no more');
    });

    test('refuses a port that is taken, and a file that is there', async () => {
      const { address } = await serve(echo);
      const file = path();
      await writeFile(file, 'precious');
      const executor = executorOf();
      await expect(executor[method]({ listen: address, to: address })).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
      await expect(executor[method]({ listen: { path: file }, to: address })).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
      expect(readFileSync(file, 'utf8')).toBe('precious');
      await expect.poll(() => host.server.connections()).toEqual([]);
    });

    test.each<[string, unknown]>([
      ['forward.listen', { to: { port: 1 } }],
      ['forward.to', { listen: { port: 0 } }],
      ['forward.to.port', { listen: { port: 0 }, to: { port: 0 } }],
      ['forward.listen.port', { listen: { port: 65_536 }, to: { port: 1 } }],
      ['forward.listen.host', { listen: { port: 0, host: 'a b' }, to: { port: 1 } }],
      ['forward.listen.port', { listen: { path: '/tmp/x', port: 1 }, to: { port: 1 } }],
      ['forward.to.path', { listen: { port: 0 }, to: { path: `/${'x'.repeat(107)}` } }],
      ['forward.from', { listen: { port: 0 }, to: { port: 1 }, from: 1 }],
      [`forward.${method === 'forwardLocal' ? 'to' : 'listen'}.path`, { listen: { path: 'relative' }, to: { path: 'relative' } }],
    ])('refuses a wrong %s before anything is connected', async (option, forward) => {
      const executor = executorOf({ port: await closedPort() });
      const refused = Reflect.apply(executor[method], executor, [forward]);
      await expect(refused).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION', detail: { option } });
    });

    test('rejects where there is no connection', async () => {
      const executor = executorOf({ port: await closedPort() });
      await expect(executor[method]({ listen: { port: 0 }, to: { port: 1 } })).rejects.toMatchObject({ code: 'EXEC_CONNECT' });
    });
  });

  test('forwardLocal: a lost connection breaks off who is connected, and the next client has a new one', async () => {
    const { address, sockets } = await serve(echo);
    const errors: Error[] = [];
    const forwarding = await executorOf().forwardLocal({ listen: { port: 0 }, to: address }, { onError: (error) => errors.push(error) });
    const client = await ready(await clientOf(forwarding));
    await host.server.killConnections();
    expect(await ended(client)).toMatchObject({ code: 'ECONNRESET' });
    await expect.poll(() => errors).toEqual([expect.objectContaining({ message: expect.stringContaining('lost') })]);
    const second = await clientOf(forwarding);
    second.end('again');
    expect(await text(second)).toBe('again');
    await expect.poll(() => sockets.size).toBe(0);
    await forwarding.close();
    await expect.poll(() => host.server.connections()).toEqual([]);
  });

  test('forwardRemote: the file of a socket whose connection was lost is in the way, until it is removed', async () => {
    const { address } = await serve(echo);
    const executor = executorOf();
    const at = { path: join(directory, 'stays') };
    const forwarding = await executor.forwardRemote({ listen: at, to: address });
    await host.server.killConnections();
    await forwarding.closed;
    await expect(executor.forwardRemote({ listen: at, to: address })).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
    await executor.files.remove(at.path);
    await using again = await executor.forwardRemote({ listen: at, to: address });
    expect(again.address).toEqual(at);
  });

  test('forwardRemote: a lost connection ends it, and it says so', async () => {
    const { address, sockets } = await serve(echo);
    const executor = executorOf();
    const forwarding = await executor.forwardRemote({ listen: { port: 0 }, to: address });
    const client = await ready(await clientOf(forwarding));
    await host.server.killConnections();
    expect(await forwarding.closed).toMatchObject({ code: 'EXEC_CONNECT' });
    await ended(client);
    await expect.poll(() => sockets.size).toBe(0);
    const again = await executor.forwardRemote({ listen: { port: forwarding.address.port }, to: address });
    await ready(await clientOf(again));
  });

  test('a frozen server holds up neither close() nor the executor for long', async () => {
    const { address } = await serve(echo);
    const executor = executorOf();
    const local = await executor.forwardLocal({ listen: { port: 0 }, to: address });
    const remote = await executor.forwardRemote({ listen: { port: 0 }, to: address });
    await ready(await clientOf(local));
    host.server.pause();
    try {
      const began = performance.now();
      await clientOf(local);
      await remote.close();
      await executor.close();
      expect(performance.now() - began).toBeLessThan(6_000);
    } finally {
      host.server.resume();
    }
    await expect.poll(() => host.server.connections()).toEqual([]);
  });

  test('an open forwarding is of this account alone', async () => {
    const forwarding = await executorOf().forwardLocal({ listen: { path: path() }, to: { port: 1 } });
    expect((await stat(forwarding.address.path)).mode & 0o777).toBe(0o600);
  });

  test('a server that forwards nothing is told from one that is not there', async () => {
    const strict = await SshServer.start(['AllowTcpForwarding no', 'AllowStreamLocalForwarding no']);
    opened.push(() => strict.stop());
    const executor = executorOf({
      port: strict.port,
      hostKey: { fingerprint: strict.hostKeys.map(({ fingerprint }) => fingerprint) },
      authentication: [{ privateKeyFile: strict.clientKey.path }],
    });
    await expect(executor.forwardRemote({ listen: { port: 0 }, to: { port: 1 } })).rejects.toMatchObject({
      code: 'EXEC_UNAVAILABLE',
      message: expect.stringContaining('AllowTcpForwarding'),
    });
    const errors: Error[] = [];
    const local = await executor.forwardLocal({ listen: { port: 0 }, to: { port: 22 } }, { onError: (error) => errors.push(error) });
    await ended(await clientOf(local));
    await expect.poll(() => errors).toEqual([expect.objectContaining({ code: 'EXEC_PERMISSION' })]);
    expect(errors[0]?.message).toContain('administratively prohibited');
  });
});

async function clientOf({ address }: Pick<Forwarding, 'address'>): Promise<Socket> {
  const socket = connect({ ...address, allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** A client that was answered once. */
async function ready(client: Socket): Promise<Socket> {
  client.write('ping');
  await once(client, 'data');
  return client;
}

/** Resolves when the other side ended or broke off, with the fault. */
async function ended(client: Socket | undefined): Promise<Error | undefined> {
  if (!client || client.destroyed || client.readableEnded) return client?.errored ?? undefined;
  client.resume();
  return await new Promise((resolve) => {
    client.once('end', () => resolve(undefined)).once('error', resolve);
  });
}

function addressOf(server: Server): { host: string; port: number } | { path: string } {
  const address = server.address();
  if (typeof address === 'string' || !address) return { path: String(address) };
  return { host: address.address, port: address.port };
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = addressOf(server);
  await new Promise((resolve) => server.close(resolve));
  return 'port' in address ? address.port : 0;
}
