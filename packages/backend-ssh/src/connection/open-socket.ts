import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Endpoint } from './endpoint.ts';

/**
 * A connection that sends at once: with Nagle's algorithm each command takes 40 ms more. Rejects with the reason of `signal` too.
 *
 * @param allowHalfOpen Whether it can still be written to when the other side has ended; by default it is closed then.
 */
export async function openSocket(
  to: Endpoint,
  signal: AbortSignal,
  { allowHalfOpen = false }: { allowHalfOpen?: boolean } = {},
): Promise<Socket> {
  const socket = connect({ ...to, noDelay: true, allowHalfOpen });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}
