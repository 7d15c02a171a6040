import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { sendTogether } from './send-together.ts';

const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

/** Both ends of a connection. */
async function connected(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[far]] = await Promise.all([once(server, 'connection'), once(near, 'connect')]);
  server.close();
  open.push(near, far);
  return { near: sendTogether(near), far };
}

test('what is written in one turn leaves with its end, and so it does turn after turn', async () => {
  const { near } = await connected();
  for (const text of ['one', 'two']) {
    for (const piece of text) near.write(piece);
    expect(near.writableLength).toBe(3);
    await turn();
    await turn();
    expect(near.writableLength).toBe(0);
  }
});

test('nothing is lost, nor out of order, where the socket is ended in the turn of a write', async () => {
  const { near, far } = await connected();
  near.write('a', 'latin1', () => near.write('c'));
  near.write(Buffer.from('b'));
  await once(far, 'data', { signal: AbortSignal.timeout(10_000) }).then(([chunk]) => far.unshift(chunk));
  near.write('d');
  near.end('e');
  expect((await buffer(far)).toString()).toBe('abcde');
});
