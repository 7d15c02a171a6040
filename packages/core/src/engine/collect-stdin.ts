import { Writable } from 'node:stream';
import { NotStarted } from '../driver.ts';
import { ExecError, invalidOption } from '../errors.ts';
import type { StdinFeed } from './stdin-feed.ts';

/**
 * All of a command's stdin, for a target that needs it before the command starts.
 *
 * @throws NotStarted where there is more than `maxBytes`, or `signal` aborts first
 */
export function collectStdin(feed: Pick<StdinFeed, 'feed'>, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  const collector = new Writable({
    write(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      if (bytes > maxBytes) return done(new NotStarted(invalidOption('stdin', 'has more bytes than fit', `at most ${maxBytes} here`)));
      pieces.push(piece);
      done();
    },
  });
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      collector.destroy();
      reject(new NotStarted(new ExecError('EXEC_CLOSED', 'The command was given up before it was sent.')));
    };
    collector.on('error', reject).on('finish', () => resolve(Buffer.concat(pieces)));
    collector.on('close', () => signal.removeEventListener('abort', abort));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else feed.feed(collector);
  });
}
