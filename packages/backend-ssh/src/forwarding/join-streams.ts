import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Everything that one of two streams gives to the other, and its end too, both ways. What breaks one breaks the other, as does leaving: a
 * stream that is closed before it ended. Resolves when both are closed; rejects then with what broke them.
 */
export function joinStreams(one: Duplex, other: Duplex): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let fault: Error | undefined;
  let open = 2;
  const follow = (stream: Duplex, peer: Duplex): void => {
    stream.on('error', (error) => {
      fault ??= error;
      breakOff(peer);
    });
    stream.once('close', () => {
      open -= 1;
      if (open > 0) return finish(peer);
      return fault ? reject(fault) : resolve();
    });
    stream.pipe(peer);
  };
  follow(one, other);
  follow(other, one);
  return promise;
}

/** Not by an end, which a reader would take for the end of everything. */
function breakOff(stream: Duplex): void {
  if (stream.destroyed) return;
  if (stream instanceof Socket && stream.remoteFamily !== undefined) stream.resetAndDestroy();
  else stream.destroy();
}

/** What was written to it is still sent. */
function finish(stream: Duplex): void {
  if (stream.destroyed) return;
  if (stream.writableFinished) return void stream.destroy();
  stream.once('finish', () => stream.destroy());
  stream.end();
}
