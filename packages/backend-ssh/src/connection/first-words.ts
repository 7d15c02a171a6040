import type { Duplex } from 'node:stream';
import { printable } from '../printable.ts';

/** So much of it is told. */
const MAX_BYTES = 1_024;
/** How the line begins that tells a version. */
const VERSION = '\nSSH-';

/**
 * What a server says in place of its version, as OpenSSH does with whom it has no room for (`Exceeded MaxStartups`) or does not want (`Not
 * allowed at this time`): ssh2 tells it to nobody. Returns how to ask for it; undefined where it told its version, before which it may say as
 * much as it likes.
 */
export function watchFirstWords(socket: Duplex): () => string | undefined {
  let [words, end, toldVersion] = ['', '\n', false];
  // Not `on`: see `watchSilence`.
  const hear = (data: Buffer): void => {
    const said = data.toString('latin1');
    words += said.slice(0, MAX_BYTES - words.length);
    const heard = end + said;
    end = heard.slice(1 - VERSION.length);
    toldVersion = heard.includes(VERSION);
    if (toldVersion) stop();
  };
  const stop = (): void => void socket.off('data', hear);
  socket.prependListener('data', hear).once('close', stop);
  return () => (toldVersion ? undefined : printable(words));
}
