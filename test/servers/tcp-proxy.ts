import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { Passing } from './delay-line.ts';
import { type ConnectionFault, type Direction, ProxiedConnection, type ProxyTarget } from './proxied-connection.ts';

/** Stands before a port of 127.0.0.1, or a Unix socket, and does to connections what networks do. A fault meets those that are open; new ones are whole. */
export class TcpProxy {
  /** Each way, in milliseconds, for what arrives from now on. Connecting does not take it: that is a round trip less than it would be. */
  latencyMs = 0;
  readonly port: number;
  /** How many bytes went through, over all connections. */
  readonly passed: Record<Direction, number> = { toServer: 0, toClient: 0 };
  readonly #target: ProxyTarget;
  readonly #connections = new Set<ProxiedConnection>();
  readonly #limits = new Map<Direction, { left: number; readonly fault: ConnectionFault }>();
  #server: Server;

  private constructor(server: Server, target: ProxyTarget) {
    this.port = portOf(server);
    this.#target = target;
    this.#server = this.#serve(server);
  }

  static async start(target: ProxyTarget): Promise<TcpProxy> {
    return new TcpProxy(await listen(0), target);
  }

  /** How many are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Closes both sockets. A side that sent what was not read yet sees a reset: so do kernels. */
  cut(): void {
    this.#meet('cut');
  }

  /** Resets both sides (RST). */
  reset(): void {
    this.#meet('reset');
  }

  /** Half-open: sockets stay open, and nothing goes through, not even an end. In one direction, its sender has a reader that stopped. */
  hold(direction?: Direction): void {
    for (const connection of this.#connections) connection.hold(direction);
  }

  /** Goes on; nothing is lost. */
  release(direction?: Direction): void {
    for (const connection of this.#connections) connection.release(direction);
  }

  /**
   * Lets so many more bytes through in this direction, over all connections. As soon as the last is delivered, the connection that
   * brought it meets the fault. With 0 it is as soon as the next byte comes, which is not delivered. Once: the next connection is whole.
   */
  after(direction: Direction, bytes: number, fault: ConnectionFault): void {
    this.#limits.set(direction, { left: bytes, fault });
  }

  /** Refuses new connections; those that are open go on. */
  refuse(): void {
    this.#server.close();
  }

  /** Takes new connections again, on the same port. */
  async accept(): Promise<void> {
    this.#server = this.#serve(await listen(this.port));
  }

  async stop(): Promise<void> {
    this.refuse();
    this.cut();
    await Promise.all([...this.#connections].map((connection) => connection.closed));
  }

  #serve(server: Server): Server {
    return server.on('connection', (client) => {
      const connection = new ProxiedConnection(client, this.#target, {
        latencyMs: () => this.latencyMs,
        pass: (direction, bytes) => this.#pass(direction, bytes),
      });
      this.#connections.add(connection);
      connection.closed.then(() => this.#connections.delete(connection));
    });
  }

  #meet(fault: ConnectionFault): void {
    for (const connection of this.#connections) connection.meet(fault);
  }

  #pass(direction: Direction, bytes: number): Passing<ConnectionFault> {
    const limit = this.#limits.get(direction);
    const passing = Math.min(bytes, limit?.left ?? bytes);
    this.passed[direction] += passing;
    if (!limit) return { bytes };
    limit.left -= passing;
    if (limit.left > 0) return { bytes };
    this.#limits.delete(direction);
    return { bytes: passing, fault: limit.fault };
  }
}

async function listen(port: number): Promise<Server> {
  // One that is closed on one side goes on in the other direction.
  const server = createServer({ allowHalfOpen: true }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
