import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HijackedStreams } from './hijacked-streams.ts';

function frame(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = type;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

describe('a connection that was made over to a process', () => {
  let daemon: Socket;
  let client: Socket;
  beforeEach(async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    [daemon] = await once(server, 'connection');
    server.close();
  });
  afterEach(() => {
    for (const socket of [daemon, client]) socket.destroy();
  });

  function streams(isTerminal = false): HijackedStreams {
    return new HijackedStreams(client, { isTerminal });
  }

  test('holds its sender back while nobody reads, and loses nothing', async () => {
    const { stdout, ended } = streams();
    const megabyte = Buffer.alloc(2 ** 20, 'a');
    let sent = 0;
    const send = (): void => {
      for (let flows = true; flows && sent < 32; sent += 1) flows = daemon.write(frame(1, megabyte));
      if (sent < 32) daemon.once('drain', send);
      else daemon.end();
    };
    const paused = once(client, 'pause');
    daemon.write(frame(2, Buffer.from('begin')));
    send();
    await paused;
    expect(stdout.readableLength).toBeLessThan(2 * 2 ** 20);
    expect((await buffer(stdout)).length).toBe(32 * 2 ** 20);
    await ended;
  });

  test('takes much of stdout while nobody reads, before stderr has begun', async () => {
    const { stdout, stderr } = streams();
    daemon.write(frame(1, Buffer.alloc(2 ** 20, 'c')));
    daemon.write(frame(2, Buffer.from('begin')));
    expect((await once(stderr, 'data')).toString()).toBe('begin');
    daemon.end();
    expect((await buffer(stdout)).length).toBe(2 ** 20);
  });

  test('takes what comes before a frame on stderr that somebody waits for, whenever that is', async () => {
    const { stdout, stderr } = streams();
    daemon.write(frame(2, Buffer.from('begin')));
    await once(stderr, 'data');
    daemon.write(frame(1, Buffer.alloc(2 ** 19, 'd')));
    daemon.write(frame(2, Buffer.from('again')));
    expect((await once(stderr, 'data')).toString()).toBe('again');
    daemon.end();
    expect((await buffer(stdout)).length).toBe(2 ** 19);
  });

  test('takes what is on its way once the process is over, whoever does not read', async () => {
    const { stdout, ended, release } = bound(streams());
    const paused = once(client, 'pause');
    daemon.write(frame(2, Buffer.from('begin')));
    daemon.end(frame(1, Buffer.alloc(4 * 2 ** 20, 'b')));
    await paused;
    release();
    await ended;
    expect((await buffer(stdout)).length).toBe(4 * 2 ** 20);
  });

  test('ends the input alone, and hears the answer', async () => {
    const { stdin, stdout, ended } = streams();
    stdin.end('question');
    expect((await buffer(daemon)).toString()).toBe('question');
    daemon.end(frame(1, Buffer.from('answer')));
    expect((await buffer(stdout)).toString()).toBe('answer');
    await ended;
  });

  test('passes a terminal on as it is', async () => {
    const { stdout, stderr } = streams(true);
    daemon.end(frame(1, Buffer.from('x')));
    expect((await buffer(stdout)).toString('latin1')).toBe('\x01\0\0\0\0\0\0\x01x');
    expect(await buffer(stderr)).toHaveLength(0);
  });

  test.each<[string, (daemon: Socket) => void, RegExp]>([
    ['within a frame', (daemon) => daemon.end(frame(1, Buffer.from('abc')).subarray(0, 9)), /within a frame/],
    ['by a reset', (daemon) => daemon.resetAndDestroy(), /ECONNRESET|lost/],
    ['with what is no frame', (daemon) => daemon.end('HTTP/1.1 500'), /no multiplexed stream/],
  ])('is known to be lost where it ends %s', async (_how, end, why) => {
    const { stdout, stderr, ended } = streams();
    end(daemon);
    await expect(ended).rejects.toThrow(why);
    expect((await buffer(stdout)).length).toBeLessThan(2);
    await buffer(stderr);
  });

  test('takes what is written after its end without a fault', async () => {
    const { stdin, stdout, ended } = streams();
    daemon.end();
    await ended;
    await buffer(stdout);
    stdin.on('error', () => {});
    stdin.write('nobody reads this');
    stdin.end();
    expect(stdin.destroyed).toBe(true);
  });
});

function bound(streams: HijackedStreams): Pick<HijackedStreams, 'stdout' | 'ended' | 'release'> {
  return { stdout: streams.stdout, ended: streams.ended, release: () => streams.release() };
}
