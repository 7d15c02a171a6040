import type { Duplex } from 'node:stream';

/** How often a server is asked for a sign of life. Whatever comes counts as one. */
export const ASK_MS = 15_000;
/** A connection on which nothing came for so long is lost. */
const SILENCE_MS = 3 * ASK_MS;

/**
 * Calls, once, when nothing came on a socket for too long: a frozen peer never ends anything. ssh2's own count is of unanswered questions,
 * and on a busy connection answers come late. Returns what stops it.
 */
export function watchSilence(socket: Duplex, onSilence: (why: Error) => void): () => void {
  let heard = performance.now();
  let looked = heard;
  const hear = (): void => {
    heard = performance.now();
  };
  // Not `on`, with which the stream would begin to flow: what came before ssh2 listens would be heard here alone.
  socket.prependListener('data', hear);
  const timer = setInterval(() => {
    const now = performance.now();
    // While this process was suspended nobody could hear anything.
    if (now - looked > 2 * ASK_MS) heard = now;
    looked = now;
    if (now - heard < SILENCE_MS) return;
    stop();
    onSilence(new Error(`nothing came from the server for ${SILENCE_MS / 1000} s`));
  }, ASK_MS / 3).unref();
  const stop = (): void => {
    clearInterval(timer);
    socket.off('data', hear);
  };
  return stop;
}
