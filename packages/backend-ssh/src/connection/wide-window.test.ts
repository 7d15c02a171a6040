import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { widenWindow } from './wide-window.ts';

const MIB = 1 << 20;

/** What a channel of ssh2 1.17 has, on which data is said to have come. */
function channelOf(state: string) {
  const told: number[] = [];
  const incoming = { window: 2 * MIB };
  const stream = (): Readable => new Readable({ read: () => {}, highWaterMark: 2 * MIB });
  const channel = Object.assign(stream(), {
    stderr: stream(),
    incoming,
    outgoing: { id: 3, state },
    _client: { _protocol: { channelWindowAdjust: (id: number, bytes: number) => void told.push(id, bytes) } },
  });
  const come = async (bytes: number, on: Readable = channel): Promise<void> => {
    for (let left = bytes; left > 0; left -= 32_768) {
      incoming.window -= 32_768;
      on.push(Buffer.alloc(32_768));
      await turn();
    }
  };
  widenWindow(channel as never);
  return { channel, told, incoming, come };
}

test.each(['open', 'eof'])('a server may send 4 MiB ahead of a reader who keeps up, on either stream (%s)', async (state) => {
  const { channel, told, incoming, come } = channelOf(state);
  for (const stream of [channel, channel.stderr]) stream.resume();
  await come(MIB / 2 - 32_768);
  expect(told).toEqual([]);
  await come(32_768, channel.stderr);
  expect(told).toEqual([3, 2.5 * MIB]);
  expect(incoming.window).toBe(4 * MIB);
  await come(MIB / 2);
  expect(told.slice(2)).toEqual([3, MIB / 2]);
});

test('not ahead of one who does not, nor where the channel is closed', async () => {
  const behind = channelOf('open');
  await behind.come(MIB);
  const closed = channelOf('closing');
  closed.channel.resume();
  await closed.come(MIB);
  expect([...behind.told, ...closed.told]).toEqual([]);
});

test('a stream without a window of that kind stays as it is', () => {
  const stream = new PassThrough();
  const { push } = stream;
  widenWindow(stream);
  expect(stream.push).toBe(push);
});
