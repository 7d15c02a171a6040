import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventStreamCodec } from '@smithy/eventstream-codec';

/** What an answer is made of, in order. */
export type Step =
  /** A piece of what the function says. */
  | { readonly says: string | Uint8Array }
  /** The function is over. */
  | { readonly complete: { readonly ErrorCode?: string; readonly ErrorDetails?: string; readonly LogResult?: string } }
  /** The connection breaks. */
  | { readonly cut: true }
  /** Nothing comes any more. */
  | { readonly stall: true };

/** How the fake answers an invocation. */
export interface FakeAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a status that is no 200. */
  readonly body?: string;
  readonly steps?: readonly Step[];
  /** Break the connection after so many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Write in pieces of so many bytes. Default: a step at once. */
  readonly pieceBytes?: number;
  /** Break the connection before anything is answered. */
  readonly reset?: true;
}

/** One invocation that came. */
export interface FakeInvocation {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly payload: string;
}

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  (text) => Buffer.from(text),
);

/** The service's endpoint, for faults that no emulator shows. It invokes nothing: each answer is written down by the test. */
export class FakeLambda {
  readonly invocations: FakeInvocation[] = [];
  answer: (invocation: FakeInvocation) => FakeAnswer = () => ({});
  readonly #server: Server;
  #asked: (() => void) | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeLambda> {
    const server = createServer();
    const fake = new FakeLambda(server);
    server.on('request', (request, response) => void fake.#serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get endpoint(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  /** Resolves when the next invocation came. */
  asked(): Promise<void> {
    return new Promise((resolve) => {
      this.#asked = resolve;
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const invocation = { path: request.url ?? '', headers: request.headers, payload: Buffer.concat(pieces).toString() };
    this.invocations.push(invocation);
    this.#asked?.();
    const answer = this.answer(invocation);
    if (answer.reset) return void request.socket.destroy();
    const { status = 200, headers = {}, body, steps = [] } = answer;
    response.writeHead(status, { 'content-type': status === 200 ? 'application/vnd.amazon.eventstream' : 'application/json', ...headers });
    if (status !== 200) return void response.end(body ?? '{}');
    response.flushHeaders();
    await writeSteps(response, steps, answer);
  }
}

async function writeSteps(
  response: ServerResponse,
  steps: readonly Step[],
  { cutAfterBytes = Number.POSITIVE_INFINITY, pieceBytes }: FakeAnswer,
): Promise<void> {
  let left = cutAfterBytes;
  for (const step of steps) {
    if ('stall' in step) return;
    if ('cut' in step) return cut(response);
    const message = encode(step);
    const size = pieceBytes ?? message.length;
    for (let at = 0; at < message.length; at += size) {
      const piece = message.subarray(at, at + Math.min(size, left));
      left -= piece.length;
      response.write(piece);
      if (pieceBytes !== undefined) await nextTurn();
      if (left <= 0) return cut(response);
    }
  }
  response.end();
}

/** What was written arrives first. */
function cut(response: ServerResponse): void {
  response.write('', () => response.socket?.destroySoon());
}

function encode(step: Extract<Step, { says: unknown } | { complete: unknown }>): Uint8Array {
  const [type, content, body] =
    'says' in step
      ? ['PayloadChunk', 'application/octet-stream', Buffer.from(step.says as string)]
      : ['InvokeComplete', 'application/json', Buffer.from(JSON.stringify(step.complete))];
  const text = (value: string): { type: 'string'; value: string } => ({ type: 'string', value });
  return codec.encode({ headers: { ':message-type': text('event'), ':event-type': text(type), ':content-type': text(content) }, body });
}
