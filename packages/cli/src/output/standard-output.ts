import { createWriteStream } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/**
 * This process's stdout (1) or stderr (2) for a command's output. For terminals, pipes and sockets that is Node's own stream,
 * which waits for a slow reader without stopping timers and signals. Node's stream for a file writes once and takes a short
 * write (a disk that gets full) for a whole one, so a file gets a stream that writes the rest.
 */
export function standardOutput(descriptor: 1 | 2): Writable {
  const own: Writable = descriptor === 1 ? process.stdout : process.stderr;
  return own instanceof Socket ? own : createWriteStream('', { fd: descriptor, autoClose: false });
}
