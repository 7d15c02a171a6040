import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Duplex, Transform } from 'node:stream';
import type { KubernetesCluster } from '../servers/kubernetes-cluster.ts';

/** What becomes of a request: it is answered with a status; or passed on, and its answer held until this resolves, or lost; or cut after so many milliseconds. */
export type Fault =
  | { readonly status: number; readonly retryAfter?: number }
  | { readonly lost: (answered: number) => Promise<void> }
  | { readonly cutAfterMs: number };

/** Between a client and a cluster's API, in plain HTTP on this side: it does to requests what a test says. */
export class ApiProxy {
  /** Undefined passes a request on. */
  faultOf: (request: { readonly method: string; readonly path: string }) => Fault | undefined = () => undefined;
  /** After so many bytes what comes by an exec stands still for so long, once; undefined where it never does. */
  stall: { readonly afterBytes: number; readonly ms: number } | undefined;
  /** A server lets go of those. */
  readonly #upgraded = new Set<Duplex>();
  readonly #cluster: KubernetesCluster;
  readonly #agent: Agent;
  readonly #server = createServer((from, to) => this.#pass(from, to));

  private constructor(cluster: KubernetesCluster) {
    this.#cluster = cluster;
    this.#agent = new Agent({ ca: cluster.ca, keepAlive: true });
    this.#server.on('upgrade', (from, socket, head) => this.#upgrade(from, socket, head));
  }

  static async start(cluster: KubernetesCluster): Promise<ApiProxy> {
    const proxy = new ApiProxy(cluster);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    for (const socket of this.#upgraded) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#agent.destroy();
  }

  #pass(from: IncomingMessage, to: ServerResponse): void {
    const { method = 'GET', url: path = '/', headers } = from;
    const fault = this.faultOf({ method, path });
    if (fault && 'status' in fault) {
      const after = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      to.writeHead(fault.status, { 'content-type': 'application/json', ...after }).end('{"kind":"Status","message":"a storm"}');
      return;
    }
    const sent = request(`${this.#cluster.host}${path}`, { method, headers, agent: this.#agent }, (answer) => {
      if (fault && 'lost' in fault) {
        answer.resume();
        void fault.lost(answer.statusCode ?? 0).finally(() => from.socket.destroy());
        return;
      }
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      to.flushHeaders();
      answer.on('error', () => from.socket.destroy()).pipe(to);
      if (fault) setTimeout(() => from.socket.destroy(), fault.cutAfterMs);
    });
    sent.on('error', () => from.socket.destroy());
    to.on('close', () => sent.destroy());
    from.pipe(sent);
  }

  /** Of those that become something else a fault is that they do not. */
  #upgrade(from: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.faultOf({ method: 'GET', path: from.url ?? '' })) {
      socket.destroy();
      return;
    }
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
    const sent = request(`${this.#cluster.host}${from.url}`, { method: 'GET', headers: from.headers, ca: this.#cluster.ca, agent: false });
    socket.on('error', () => sent.destroy());
    sent.on('error', () => socket.destroy());
    sent.on('response', () => socket.destroy());
    sent.on('upgrade', (answer, other, rest) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.write(rest);
      other.write(head);
      socket.pipe(other).on('error', () => socket.destroy());
      const coming = this.stall && /\/exec\?/.test(from.url ?? '') ? other.pipe(stalling(this.stall)) : other;
      coming.pipe(socket).on('error', () => other.destroy());
    });
    sent.end();
  }
}

function stalling({ afterBytes, ms }: { readonly afterBytes: number; readonly ms: number }): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const isOver = passed < afterBytes && passed + chunk.length >= afterBytes;
      passed += chunk.length;
      if (isOver) setTimeout(() => done(null, chunk), ms);
      else done(null, chunk);
    },
  });
}
