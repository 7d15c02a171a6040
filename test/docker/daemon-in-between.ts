import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** What is answered in a daemon's stead: a status, or nothing for ever. */
export type StandIn = { readonly status: number; readonly body?: object } | 'never';

/**
 * Passes on what is asked of a daemon, and answers some of it itself: the faults that a daemon can hardly be made to have.
 */
export class DaemonInBetween {
  readonly #socketPath: string;
  readonly #server: Server;
  readonly #open = new Set<Duplex>();
  #rule: { readonly asked: RegExp; readonly answer: StandIn } | undefined;
  /** How often it answered itself since the last rule. */
  answered = 0;

  private constructor(server: Server, socketPath: string) {
    this.#server = server;
    this.#socketPath = socketPath;
    server.on('connection', (socket: Duplex) => this.#keep(socket));
    server.on('request', (asked, answer) => this.#pass(asked, answer));
    server.on('upgrade', (asked, socket, head) => this.#passUpgrade(asked, socket, head));
  }

  static async start(socketPath: string): Promise<DaemonInBetween> {
    const server = createServer();
    const inBetween = new DaemonInBetween(server, socketPath);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return inBetween;
  }

  /** As `DOCKER_HOST` has it. */
  get host(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, in place of the last rule. `asked` is of `METHOD PATH`. */
  stand(asked: RegExp, answer: StandIn): void {
    this.#rule = { asked, answer };
    this.answered = 0;
  }

  passAll(): void {
    this.#rule = undefined;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await once(this.#server, 'close');
  }

  #keep(socket: Duplex): void {
    this.#open.add(socket.on('error', () => {}));
    socket.once('close', () => this.#open.delete(socket));
  }

  #ruleFor({ method, url }: IncomingMessage): StandIn | undefined {
    if (!this.#rule?.asked.test(`${method} ${url}`)) return undefined;
    this.answered += 1;
    return this.#rule.answer;
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const rule = this.#ruleFor(asked);
    if (rule === 'never') return;
    if (rule) {
      asked.resume();
      answer.writeHead(rule.status, { 'content-type': 'application/json' }).end(bodyOf(rule));
      return;
    }
    const sent = this.#ask(asked);
    sent.on('response', (got) => {
      answer.writeHead(got.statusCode ?? 0, got.headers);
      got.pipe(answer);
    });
    sent.on('error', () => answer.destroy());
    asked.pipe(sent);
  }

  #passUpgrade(asked: IncomingMessage, client: Duplex, head: Buffer): void {
    const rule = this.#ruleFor(asked);
    if (rule === 'never') return;
    if (rule) {
      const body = bodyOf(rule);
      client.end(`HTTP/1.1 ${rule.status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    const sent = this.#ask(asked);
    sent.on('upgrade', (got, daemon, first) => {
      this.#keep(daemon);
      client.write(`HTTP/1.1 101 UPGRADED\r\n${headerLines(got.rawHeaders)}\r\n`);
      client.write(first);
      client.pipe(daemon).pipe(client);
    });
    // A body that it had was read into `head`: an upgrade ends what Node reads of HTTP.
    sent.on('response', (got) => {
      client.write(`HTTP/1.1 ${got.statusCode} Refused\r\n${headerLines(got.rawHeaders)}\r\n`);
      got.pipe(client);
    });
    sent.on('error', () => client.destroy());
    sent.end(head);
  }

  #ask({ method, url, headers }: IncomingMessage): ReturnType<typeof request> {
    return request({ socketPath: this.#socketPath, method, path: url, headers, agent: false });
  }
}

function bodyOf({ status, body }: Exclude<StandIn, 'never'>): string {
  return JSON.stringify(body ?? { message: `${status} from a test` });
}

function headerLines(raw: readonly string[]): string {
  let lines = '';
  for (let i = 0; i < raw.length; i += 2) lines += `${raw[i]}: ${raw[i + 1]}\r\n`;
  return lines;
}
