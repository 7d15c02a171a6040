import type { Readable, Writable } from 'node:stream';
import { ConnectionOutputs, connectionInput, type OutputName } from '@errand/core/waiting';
import { WebSocket } from 'ws';
import { isRefusal } from '../api/cluster-refusal.ts';
import { type KubeApi, refusalOf, urlOf } from '../api/kube-api.ts';
import type { Status } from '../api/kube-objects.ts';
import type { ExecFrames } from './exec-frames.ts';

/** The one that can end a command's input, and leave its output open. */
const PROTOCOL = 'v5.channel.k8s.io';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const RESIZE = 4;
const CLOSE = 255;

/** What is written is sent in pieces, so that one channel does not keep the others waiting. */
const PIECE_BYTES = 2 ** 16;
/** The cluster is asked for a sign of life so often; without one, or any other byte, for so long the connection is broken. */
const PING_MS = 10_000;
const SILENT_MS = 35_000;
/** For the other end to close what it has ended. */
const CLOSE_MS = 1_000;

/** What is started in a container. */
export interface ExecRequest {
  readonly command: readonly string[];
  readonly isTerminal?: boolean;
  /** Takes out of the output what is not the command's own. */
  readonly frames?: Pick<ExecFrames, 'take' | 'rest'>;
}

/** The connection broke, or ended without the status that says how the command did. */
export class SocketLost extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SocketLost';
  }
}

/** The streams of one command in a container, over a WebSocket of its own. */
export class ExecSocket {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Empty where all comes as one, in a terminal. */
  readonly stderr: Readable;
  /** How it ended, once its streams have; rejects with `SocketLost` where that was not said. */
  readonly status: Promise<Status>;
  readonly #socket: WebSocket;
  readonly #frames: ExecRequest['frames'];
  readonly #outputs: ConnectionOutputs;
  readonly #ended = Promise.withResolvers<Status>();
  #timer: NodeJS.Timeout | undefined;
  #heardAt = performance.now();
  #isOver = false;
  #said: Status | undefined;

  /**
   * Resolves once the cluster has taken the request; whether anything starts shows later.
   *
   * @param path Of the pod's `exec`.
   * @throws ClusterRefusal, the reason of `signal`, or what the connection's fault is: nothing was started
   */
  static async open(api: KubeApi, path: string, container: string, request: ExecRequest, signal: AbortSignal): Promise<ExecSocket> {
    try {
      return await ExecSocket.#openOnce(api, path, container, request, signal, false);
    } catch (fault) {
      if (!isRefusal(fault, 401)) throw fault;
      return ExecSocket.#openOnce(api, path, container, request, signal, true);
    }
  }

  static async #openOnce(
    api: KubeApi,
    path: string,
    container: string,
    { command, isTerminal = false, frames }: ExecRequest,
    signal: AbortSignal,
    isRefused: boolean,
  ): Promise<ExecSocket> {
    const { server, headers, auth, tls, agent } = await api.access({ isRefused });
    signal.throwIfAborted();
    const url = urlOf(server, path, { container, stdin: true, stdout: true, stderr: !isTerminal, tty: isTerminal });
    for (const word of command) url.searchParams.append('command', word);
    url.protocol = server.protocol === 'http:' ? 'ws:' : 'wss:';
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = new WebSocket(url, [PROTOCOL], {
      ...tls,
      agent,
      headers: { ...headers, ...(auth && { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }) },
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    const abort = (): void => {
      reject(signal.reason);
      socket.terminate();
    };
    signal.addEventListener('abort', abort, { once: true });
    // Before anything else: what comes right behind the answer would be lost.
    const exec = new ExecSocket(socket, isTerminal, frames);
    socket.on('error', reject);
    // Node is kept from exiting by who waits for the command.
    socket.once('upgrade', ({ socket: connection }) => connection.unref());
    socket.once('open', resolve);
    socket.once('unexpected-response', (_sent, response) => {
      refusalOf(response.statusCode ?? 0, response.headers['retry-after'], response)
        .then(reject, reject)
        .finally(() => socket.terminate());
    });
    try {
      await promise;
      if (socket.protocol !== PROTOCOL)
        throw new Error(`the cluster speaks ${socket.protocol || 'no protocol'} in place of ${PROTOCOL}, as one of version 1.30 does`);
      exec.#begin();
      return exec;
    } catch (fault) {
      socket.terminate();
      throw fault;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  private constructor(socket: WebSocket, isTerminal: boolean, frames: ExecRequest['frames']) {
    this.#socket = socket;
    this.#frames = frames;
    this.status = this.#ended.promise;
    this.status.catch(() => {});
    this.stdin = connectionInput({
      isOver: () => this.#isOver,
      write: (bytes, done) => this.#write(bytes, done),
      end: () => this.#send(CLOSE, Buffer.of(STDIN)),
    });
    const whileOpen = (act: () => void): void => {
      if (socket.readyState === WebSocket.OPEN) act();
    };
    this.#outputs = new ConnectionOutputs({
      pause: () => whileOpen(() => socket.pause()),
      resume: () => whileOpen(() => socket.resume()),
      isLaunched: !isTerminal,
      isOne: isTerminal,
    });
    this.stdout = this.#outputs.stdout;
    this.stderr = this.#outputs.stderr;
    socket.on('message', (message: Buffer) => this.#take(message));
    socket.on('pong', () => this.#hear());
    socket.on('error', (fault) => this.#over(fault));
    socket.once('close', (code, why) => this.#over(new Error(why.length > 0 ? why.toString() : `it was closed with code ${code}`)));
  }

  /** See `ConnectionOutputs.stillSince`. */
  get stillSince(): number {
    return this.#outputs.stillSince;
  }

  /** Where a reader holds the sender back. */
  get isHeld(): boolean {
    return this.#outputs.isHeld;
  }

  /** The process is over: what is still on its way is taken whether or not it is read. */
  release(): void {
    this.#outputs.release();
  }

  /** What was not written of it by then is dropped. */
  endInput(): void {
    this.stdin.destroy();
  }

  resize(columns: number, rows: number): void {
    if (!this.#isOver) this.#send(RESIZE, Buffer.from(JSON.stringify({ Width: columns, Height: rows })));
  }

  /** What has come already is still given: after the event loop was blocked, a timer that says so fires before it was read. */
  destroy(): void {
    this.release();
    setImmediate(() =>
      setImmediate(() => {
        this.#over(new Error('it was closed here'));
      }),
    );
  }

  #begin(): void {
    this.#hear();
    this.#timer = setInterval(() => this.#beat(), PING_MS).unref();
  }

  #hear(): void {
    this.#heardAt = performance.now();
  }

  /** While a reader holds it back no sign of life is heard either. */
  #beat(): void {
    if (this.#socket.isPaused) this.#hear();
    else if (performance.now() - this.#heardAt > SILENT_MS) this.#over(new Error('nothing was heard of it any more'));
    else this.#socket.ping();
  }

  #take(message: Buffer): void {
    this.#hear();
    const channel = message[0];
    const bytes = message.subarray(1);
    if (channel === STDOUT && bytes.length > 0) this.#give('stdout', bytes);
    else if (channel === STDERR && bytes.length > 0) this.#give('stderr', bytes);
    else if (channel === STATUS && bytes.length > 0) this.#said = JSON.parse(bytes.toString()) as Status;
    if (channel === STATUS) this.#over(undefined);
    this.#outputs.flow();
  }

  #give(stream: OutputName, bytes: Buffer): void {
    this.#outputs.give(stream, this.#frames?.take(stream, bytes) ?? bytes);
  }

  #giveRest(stream: OutputName): void {
    const rest = this.#frames?.rest(stream);
    if (rest && rest.length > 0 && !this[stream].destroyed) this[stream].push(rest);
  }

  #over(why: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const stream of ['stdout', 'stderr'] as const) this.#giveRest(stream);
    this.#outputs.end();
    this.stdin.destroy();
    if (this.#said) this.#ended.resolve(this.#said);
    else this.#ended.reject(new SocketLost(why?.message ?? 'the connection ended', { cause: why }));
    if (why) this.#socket.terminate();
    else {
      this.#socket.close();
      setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref();
    }
  }

  #write(bytes: Buffer, done: (fault?: Error | null) => void): void {
    const rest = bytes.subarray(PIECE_BYTES);
    this.#send(STDIN, bytes.subarray(0, PIECE_BYTES), (fault) => {
      if (fault || rest.length === 0) done(fault);
      else this.#write(rest, done);
    });
  }

  #send(channel: number, bytes: Uint8Array, done: (fault?: Error) => void = () => {}): void {
    this.#socket.send(Buffer.concat([Buffer.of(channel), bytes]), { binary: true, compress: false }, done);
  }
}
