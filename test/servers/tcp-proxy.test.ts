import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

const MEGABYTE = 1_000_000;

/** One end of a connection: what it received, and how it ended. */
class End {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  /** `end` without a fault, or the code of a fault, such as ECONNRESET. */
  ended: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    socket.on('end', () => {
      this.ended ??= 'end';
    });
    socket.on('error', (fault) => {
      this.ended = String(Reflect.get(fault, 'code'));
    });
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.received.toString('latin1');
  }
}

/** A busy machine takes longer than the second that is usual. */
function soon<T>(look: () => T, interval = 2): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, { timeout: 10_000, interval });
}

/** Looks whether a number is as it was at the last look. */
function isStill(look: () => number): () => boolean {
  let last: number | undefined;
  return () => {
    const before = last;
    last = look();
    return before === last && last > 0;
  };
}

describe('a TCP proxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  const servers: End[] = [];
  const clients: End[] = [];

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true }, (socket) => servers.push(new End(socket))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    proxy = await TcpProxy.start(typeof address === 'object' && address ? address.port : 0);
  });
  afterEach(async () => {
    await proxy.stop();
    for (const { socket } of [...clients.splice(0), ...servers.splice(0)]) socket.destroy();
    server.close();
  });

  /** The ends of a new connection, the client's first. */
  async function open(): Promise<[client: End, server: End]> {
    const client = new End(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
    clients.push(client);
    const before = servers.length;
    await soon(() => servers.length).toBe(before + 1);
    const [last] = servers.slice(-1);
    if (!last) throw new Error('nobody connected');
    return [client, last];
  }

  test('brings every byte both ways, and closes one direction when that is closed', async () => {
    const [client, target] = await open();
    const bytes = Buffer.alloc(3 * MEGABYTE).map((_, i) => (i * 7919) % 251);
    client.socket.end(bytes);
    await soon(() => target.ended).toBe('end');
    expect(target.received.equals(bytes)).toBe(true);
    target.socket.end('answer');
    await soon(() => client.ended).toBe('end');
    expect(client.text).toBe('answer');
    expect(proxy.passed).toEqual({ toServer: bytes.length, toClient: 6 });
    await soon(() => proxy.connections).toBe(0);
  });

  test('cuts what is open, and then new connections are whole', async () => {
    const [client, target] = await open();
    proxy.cut();
    await soon(() => [client.ended, target.ended]).toEqual(['end', 'end']);
    const [next, nextTarget] = await open();
    next.socket.write('next');
    await soon(() => nextTarget.text).toBe('next');
  });

  test('resets what is open', async () => {
    const [client, target] = await open();
    proxy.reset();
    await soon(() => [client.ended, target.ended]).toEqual(['ECONNRESET', 'ECONNRESET']);
  });

  test.each(['toServer', 'toClient'] as const)(
    'cuts after so many bytes %s, each of which arrives, and none after them',
    async (direction) => {
      for (const bytes of [1, 5, 100_000]) {
        const [client, target] = await open();
        const [from, to] = direction === 'toServer' ? [client, target] : [target, client];
        proxy.after(direction, bytes, 'cut');
        from.socket.write('abc');
        if (bytes > 3) await soon(() => to.text).toBe('abc');
        from.socket.write('x'.repeat(200_000));
        await soon(() => to.ended).toBeDefined();
        expect(to.text).toBe(`abc${'x'.repeat(200_000)}`.slice(0, bytes));
        await soon(() => from.ended).toBeDefined();
      }
    },
  );

  test('loses a reply: after 0 bytes, with the first that comes', async () => {
    const [client, target] = await open();
    proxy.after('toClient', 0, 'reset');
    client.socket.write('request');
    await soon(() => target.text).toBe('request');
    expect(client.ended).toBeUndefined();
    target.socket.write('reply');
    await soon(() => client.ended).toBe('ECONNRESET');
    expect(client.text).toBe('');
  });

  test('holds a connection half-open, even when a side ends, and goes on without a loss', async () => {
    const [client, target] = await open();
    proxy.after('toServer', 2, 'hold');
    client.socket.write('abcd');
    await soon(() => target.text).toBe('ab');
    client.socket.end('e');
    target.socket.write('f');
    await delay(50);
    expect([client.ended, client.text, target.ended, target.text]).toEqual([undefined, '', undefined, 'ab']);
    const [other, otherTarget] = await open();
    other.socket.write('new');
    await soon(() => otherTarget.text).toBe('new');
    proxy.release();
    await soon(() => [client.text, target.text, target.ended]).toEqual(['f', 'abcde', 'end']);
  });

  test('is a reader that stopped in one direction: its sender is held up, and the other direction goes on', async () => {
    const [client, target] = await open();
    proxy.hold('toClient');
    expect(target.socket.write(Buffer.alloc(48 * MEGABYTE))).toBe(false);
    client.socket.write('up');
    await soon(() => target.text).toBe('up');
    await delay(50);
    expect(target.socket.writableLength).toBeGreaterThan(0);
    proxy.release('toClient');
    await soon(() => client.bytes).toBe(48 * MEGABYTE);
  });

  test.each([0, 20])('keeps back-pressure with %i ms of latency, and resets one whose peer takes nothing', async (latencyMs) => {
    proxy.latencyMs = latencyMs;
    const [client, target] = await open();
    client.socket.pause();
    target.socket.write(Buffer.alloc(48 * MEGABYTE));
    await soon(() => target.socket.writableLength).toBeGreaterThan(0);
    await soon(
      isStill(() => proxy.passed.toClient),
      50,
    ).toBe(true);
    expect(proxy.passed.toClient).toBeLessThan(32 * MEGABYTE);
    client.socket.resetAndDestroy();
    await soon(() => target.ended).toBe('ECONNRESET');
  });

  test('tells a side of a reset though it takes none of what was sent before', async () => {
    const [client, target] = await open();
    target.socket.pause();
    client.socket.write(Buffer.alloc(48 * MEGABYTE));
    await soon(
      isStill(() => proxy.passed.toServer),
      50,
    ).toBe(true);
    client.socket.resetAndDestroy();
    // By writing: who does not read is told nothing by the kernel, and so is the proxy.
    const write = (): string => {
      target.socket.write('x');
      return target.ended ?? '';
    };
    await soon(write).toMatch(/ECONNRESET|EPIPE/);
  });

  test('holds up a sender when much is on its way', async () => {
    const [client] = await open();
    proxy.latencyMs = 60_000;
    // More than the 32 MiB that it lets be on their way and what two kernels' buffers take, which grow to 32 MiB and 4 MiB here while it reads.
    client.socket.write(Buffer.alloc(128 * MEGABYTE));
    await delay(700);
    expect(client.socket.writableLength).toBeGreaterThan(0);
  });

  test('delays each way, in order, and no throughput is lost', async () => {
    const [client, target] = await open();
    proxy.latencyMs = 50;
    target.socket.on('data', (chunk) => target.socket.write(chunk));
    for (let i = 0; i < 20; i += 1) {
      client.socket.write(`${i},`);
      await delay(1);
    }
    const sent = performance.now();
    client.socket.write('last');
    await soon(() => client.text).toMatch(/last$/);
    const tookMs = performance.now() - sent;
    expect(client.text).toBe(`${Array.from({ length: 20 }, (_, i) => `${i},`).join('')}last`);
    expect(tookMs).toBeGreaterThanOrEqual(99);
    // With a sleep for each chunk, of 64 KiB at most, they would take 15 s.
    const start = performance.now();
    client.socket.write(Buffer.alloc(20 * MEGABYTE));
    await soon(() => client.bytes).toBeGreaterThan(20 * MEGABYTE);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test('delays the end of a connection too', async () => {
    const [client, target] = await open();
    proxy.latencyMs = 50;
    const start = performance.now();
    client.socket.end('bye');
    await soon(() => target.ended).toBe('end');
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);
    expect(target.text).toBe('bye');
  });

  test('refuses new connections while open ones go on, and takes them again', async () => {
    const [client, target] = await open();
    proxy.refuse();
    const refused = new End(connect(proxy.port, '127.0.0.1'));
    await soon(() => refused.ended).toBe('ECONNREFUSED');
    client.socket.write('on');
    await soon(() => target.text).toBe('on');
    await proxy.accept();
    await open();
    expect(proxy.connections).toBe(2);
  });

  test('resets who connects when its server is gone', async () => {
    server.close();
    const client = new End(connect(proxy.port, '127.0.0.1'));
    await soon(() => client.ended).toBe('ECONNRESET');
  });

  test('leaves nothing when it stops', async () => {
    proxy.latencyMs = 10_000;
    const [client, target] = await open();
    client.socket.write('on its way');
    await delay(20);
    proxy.hold();
    await proxy.stop();
    expect(proxy.connections).toBe(0);
    await soon(() => [client.ended, target.ended]).toEqual(['end', 'end']);
    const refused = new End(connect(proxy.port, '127.0.0.1'));
    await soon(() => refused.ended).toBe('ECONNREFUSED');
  });
});
