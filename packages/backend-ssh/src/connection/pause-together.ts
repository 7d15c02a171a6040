import type { Duplex, Readable } from 'node:stream';

/**
 * Has a channel's two streams wait for one another: they fill one window, and ssh2 1.17 renews it for the one that is read, however much of
 * the other lies there. `push` that returns false makes ssh2 wait for the next `_read`, of either stream.
 */
export function pauseTogether(channel: Duplex & { readonly stderr: Readable }): void {
  couple(channel, channel.stderr);
  couple(channel.stderr, channel);
}

function couple(stream: Readable, other: Readable): void {
  const [push, read] = [stream.push.bind(stream), stream._read.bind(stream)];
  stream.push = (...data: Parameters<Readable['push']>) => push(...data) && !isFull(other);
  // The other one's comes once it is no longer full.
  stream._read = (size) => {
    if (!isFull(other)) read(size);
  };
}

function isFull({ readableLength, readableHighWaterMark, destroyed }: Readable): boolean {
  return !destroyed && readableLength >= readableHighWaterMark;
}
