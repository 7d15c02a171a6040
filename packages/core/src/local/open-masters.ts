import { closeSync, openSync } from 'node:fs';
import type { Pty } from './node-pty-client.ts';

type Stdio = ('pipe' | 'ignore' | number)[];

/** Descriptors of the masters of this process's terminals. node-pty leaves them open in whatever is spawned from now on. */
const masters = new Set<number>();

/** To be called with each new terminal. */
export function noteMaster({ fd, _socket: socket }: Pty): void {
  masters.add(fd);
  socket.once('close', () => masters.delete(fd));
}

/**
 * Spawns with descriptors so that no terminal's master comes along: who has it reads what is printed there, and types. Nothing closes
 * a descriptor of a child, so it gets /dev/null in that place.
 */
export function withoutMasters<Child>(stdio: Stdio, spawn: (stdio: Stdio) => Child): Child {
  if (masters.size === 0) return spawn(stdio);
  const nothing = openSync('/dev/null', 'r+');
  try {
    const places = Array.from({ length: Math.max(...masters) + 1 }, (_, fd): Stdio[number] => (masters.has(fd) ? nothing : 'ignore'));
    return spawn([...stdio, ...places.slice(stdio.length)]);
  } finally {
    closeSync(nothing);
  }
}
