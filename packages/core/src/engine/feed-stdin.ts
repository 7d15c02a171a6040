import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import type { StdinSource } from '../options.ts';

/**
 * Writes a command's stdin and half-closes it. A command that ends or closes its stdin before reading everything is no
 * fault; a source that fails is, and is told to `onSourceError`.
 */
export function feedStdin(target: Writable, source: StdinSource, onSourceError: (error: Error) => void): void {
  // EPIPE and ECONNRESET say that the command reads no more.
  target.on('error', () => {});
  if (typeof source === 'string' || source instanceof Uint8Array) {
    target.end(source);
    return;
  }
  if (source.readableEnded) {
    target.end();
    return;
  }
  source.once('error', onSourceError);
  source.once('close', () => {
    if (!source.readableEnded && !target.destroyed && !target.writableFinished)
      onSourceError(new Error('the stream closed before its end'));
  });
  target.once('close', () => release(source, target));
  source.pipe(target);
}

/** The command reads no more, so nobody will read the source to its end: it is destroyed, lest its file stay open. */
function release(source: Readable, target: Writable): void {
  source.unpipe(target);
  if (source.readableEnded || source === process.stdin) return;
  source.on('error', () => {});
  source.destroy();
}
