import { connect, type Socket } from 'node:net';
import { DelayLine, type Passing } from './delay-line.ts';

/** A port of 127.0.0.1, or the path of a Unix socket. */
export type ProxyTarget = number | string;
export type Direction = 'toServer' | 'toClient';
/** See the methods of `TcpProxy`. */
export type ConnectionFault = 'cut' | 'reset' | 'hold';

/** What its proxy decides. */
export interface ProxiedConnectionOptions {
  readonly latencyMs: () => number;
  readonly pass: (direction: Direction, bytes: number) => Passing<ConnectionFault>;
}

/** A connection to a proxy, and the one that the proxy made for it. */
export class ProxiedConnection {
  /** Until both sockets are closed. */
  readonly closed: Promise<unknown>;
  readonly #sockets: readonly Socket[];
  readonly #lines: Readonly<Record<Direction, DelayLine<ConnectionFault>>>;

  constructor(client: Socket, target: ProxyTarget, { latencyMs, pass }: ProxiedConnectionOptions) {
    const where = typeof target === 'string' ? { path: target } : { port: target, host: '127.0.0.1' };
    const server = connect({ ...where, allowHalfOpen: true });
    this.#sockets = [client, server];
    // Or a second small write waits for the first to be acknowledged, up to 40 ms.
    for (const socket of this.#sockets) socket.setNoDelay(true);
    const line = (direction: Direction, from: Socket, to: Socket): DelayLine<ConnectionFault> =>
      new DelayLine(from, to, { latencyMs, pass: (bytes) => pass(direction, bytes), onFault: (fault) => this.meet(fault) });
    this.#lines = { toServer: line('toServer', client, server), toClient: line('toClient', server, client) };
    this.closed = Promise.all(this.#sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve))));
  }

  meet(fault: ConnectionFault): void {
    this.hold();
    if (fault === 'cut') for (const socket of this.#sockets) socket.destroy();
    if (fault === 'reset') for (const socket of this.#sockets) reset(socket);
  }

  hold(direction?: Direction): void {
    for (const line of this.#of(direction)) line.hold();
  }

  release(direction?: Direction): void {
    for (const line of this.#of(direction)) line.release();
  }

  #of(direction: Direction | undefined): readonly DelayLine<ConnectionFault>[] {
    return direction ? [this.#lines[direction]] : Object.values(this.#lines);
  }
}

/** A Unix socket has no reset. */
function reset(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
