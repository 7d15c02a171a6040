import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';

/**
 * This process's stdout (1) or stderr (2) for a command's output. Node writes to its own `process.stdout` synchronously when
 * it is a pipe, so a slow reader would stop timers and signals as well; a stream of its own on the descriptor does not.
 */
export function standardOutput(descriptor: 1 | 2): Writable {
  const own = descriptor === 1 ? process.stdout : process.stderr;
  return own.isTTY ? own : createWriteStream('', { fd: descriptor, autoClose: false });
}
