import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../connection/endpoint.ts';
import { cannotListen } from './forward-faults.ts';

/** A socket of this process. */
export interface Listener {
  readonly endpoint: Endpoint;
  /** Takes nobody any more; who is connected stays. A Unix socket's file is removed. */
  close(): Promise<void>;
}

/** @throws ExecError `EXEC_UNAVAILABLE`, `EXEC_PERMISSION`. A file that was there before stays. */
export async function listenHere(at: Endpoint, take: (socket: Socket) => void): Promise<Listener> {
  // Sockets are read when both ends are there; until then their faults wait for who listens to them.
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, take);
  try {
    // Not shared between the workers of a cluster, whose clients would get to any of them.
    server.listen({ ...at, exclusive: true });
    await once(server, 'listening');
    // As OpenSSH makes them: for this account alone.
    if ('path' in at && process.platform !== 'win32') await chmod(at.path, 0o600);
  } catch (cause) {
    server.close();
    throw cannotListen(cause, at);
  }
  return { endpoint: endpointOf(server, at), close: () => close(server) };
}

function endpointOf(server: Server, asked: Endpoint): Endpoint {
  const address = server.address();
  return 'path' in asked || typeof address !== 'object' || !address ? asked : { host: asked.host, port: address.port };
}

/** Its own callback waits for the connections too, which are ended beside it. */
async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
