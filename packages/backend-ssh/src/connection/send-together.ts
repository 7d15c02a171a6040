import type { Socket } from 'node:net';

/**
 * Has a connected socket send together what is written in one turn of the event loop. ssh2 writes up to three pieces a packet, and a command's
 * packets come in bursts: without Nagle's algorithm each piece would be a system call, and a segment, of its own.
 */
export function sendTogether(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let isCorked = false;
  const release = (): void => {
    isCorked = false;
    socket.uncork();
  };
  // Not by a class of its own: to connect puts the usual write in place of any other.
  socket.write = (...args: unknown[]) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      setImmediate(release);
    }
    return write(...args);
  };
  return socket;
}
