import type { Duplex } from 'node:stream';

/** An answer takes a round trip, and what lies before it in a slow network. */
const ANSWER_MS = 3_000;

/** Asks, again and again, and calls once nothing came on a socket meanwhile. Returns what stops it. */
export function watchAnswers(socket: Duplex, ask: () => void, onSilence: (why: Error) => void): () => void {
  let [heard, looked] = [true, performance.now()];
  const hear = (): void => {
    heard = true;
  };
  const look = (): void => {
    const now = performance.now();
    // While this process was blocked nobody could hear anything.
    if (!heard && now - looked < 2 * ANSWER_MS) {
      stop();
      return onSilence(new Error(`nothing came from the server for ${ANSWER_MS / 1000} s, while the executor was closed`));
    }
    [heard, looked] = [false, now];
    ask();
  };
  const timer = setInterval(look, ANSWER_MS);
  const stop = (): void => {
    clearInterval(timer);
    socket.off('data', hear);
  };
  // Not `on`: see `watchSilence`.
  socket.prependListener('data', hear);
  look();
  return stop;
}
