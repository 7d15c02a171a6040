import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection that sends at once: with Nagle's algorithm each command takes 40 ms more. Rejects with the reason of `signal` too. */
export async function openSocket(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}
