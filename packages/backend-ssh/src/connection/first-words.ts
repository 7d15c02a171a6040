import type { Duplex } from 'node:stream';
import { printable } from '../printable.ts';

/** No server says more in place of its version. */
const MAX_BYTES = 1_024;

/**
 * What a server says in place of its version, as OpenSSH does with whom it has no room for (`Exceeded MaxStartups`) or does not want (`Not
 * allowed at this time`): ssh2 tells it to nobody. Returns how to ask for it; undefined where it told its version.
 */
export function watchFirstWords(socket: Duplex): () => string | undefined {
  let heard = '';
  // Not `on`: see `watchSilence`.
  const hear = (data: Buffer): void => {
    heard += data.toString('latin1', 0, MAX_BYTES);
    if (/^SSH-/m.test(heard) || heard.length > MAX_BYTES) stop();
  };
  const stop = (): void => void socket.off('data', hear);
  socket.prependListener('data', hear).once('close', stop);
  return () => (/^SSH-/m.test(heard) ? undefined : printable(heard.slice(0, MAX_BYTES)));
}
