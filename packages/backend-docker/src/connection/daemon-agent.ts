import { Agent, type ClientRequest, type ClientRequestArgs, type IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { inspect } from 'node:util';
import type { DaemonAddress } from './daemon-address.ts';

/** How long a connection that nobody uses is kept, in milliseconds. A daemon closes none before. */
const IDLE_MS = 4_000;

/** What Node calls for each request, and its types do not have. */
const { addRequest } = Agent.prototype as unknown as {
  readonly addRequest: (this: Agent, request: ClientRequest, ...rest: unknown[]) => void;
};

/**
 * Opens connections to one daemon, however it is reached, for requests of HTTP. One that is idle does not keep Node from exiting.
 */
export class DaemonAgent extends Agent {
  readonly #address: DaemonAddress;
  readonly #closing = new AbortController();

  constructor(address: DaemonAddress) {
    super({ keepAlive: true, timeout: IDLE_MS, scheduling: 'lifo' });
    this.#address = address;
    // docker-modem shows each request to whoever debugs it, to any depth, and whether or not anybody does: with all sockets that is much.
    Object.defineProperty(this, inspect.custom, { value: () => 'DaemonAgent' });
  }

  /** docker-modem waits for the end of an answer, which does not come where the connection is lost within it. */
  addRequest(request: ClientRequest, ...rest: unknown[]): void {
    request.once('response', (answer: IncomingMessage) => {
      answer.once('close', () => {
        if (!answer.complete) request.emit('error', new Error('the connection was lost within an answer'));
      });
    });
    addRequest.call(this, request, ...rest);
  }

  override createConnection(_options: ClientRequestArgs, done?: (fault: Error | null, stream: Duplex) => void): Duplex | null | undefined {
    const address = this.#address;
    if (!('connect' in address)) return toSocket(address);
    address.connect(this.#closing.signal).then(
      (stream) => done?.(null, likeSocket(stream)),
      // Node's types have no failure without a stream.
      (fault: Error) => (done as ((fault: Error) => void) | undefined)?.(fault),
    );
    return undefined;
  }

  override destroy(): void {
    this.#closing.abort(new Error('The executor is closed.'));
    super.destroy();
  }
}

function toSocket(address: Exclude<DaemonAddress, { connect: unknown }>): Socket {
  if ('path' in address) return connectTcp({ path: address.path });
  const { host, port, tls } = address;
  const socket = tls ? connectTls({ host, port, ...(isName(host) && { servername: host }), ...tls }) : connectTcp({ host, port });
  return socket.setNoDelay(true);
}

/** SNI is for names alone. */
function isName(host: string): boolean {
  return !/^[\d.]+$|:/.test(host);
}

/** What Node asks of a connection, and a stream of a caller's need not have. */
const SOCKET_METHODS = ['setTimeout', 'setKeepAlive', 'setNoDelay', 'ref', 'unref'];

function likeSocket(stream: Duplex): Duplex {
  for (const name of SOCKET_METHODS) if (!(name in stream)) Object.defineProperty(stream, name, { value: () => stream });
  return stream;
}
