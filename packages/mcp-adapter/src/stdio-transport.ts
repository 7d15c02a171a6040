import type { Readable, Writable } from 'node:stream';
import { ExecError } from '@errand/core';
import {
  type JSONRPCMessage,
  ReadBuffer,
  STDIO_DEFAULT_MAX_BUFFER_SIZE,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/server';
import { ID_IN_FLIGHT, RequestsInFlight } from './requests-in-flight.ts';

/**
 * Messages over stdin and stdout, a line each. The SDK's own transport is over at the end of stdin, with nothing answered any
 * more; this one then still sends, until `close()`.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly #stdin: Readable;
  readonly #stdout: Writable;
  readonly #buffer = new ReadBuffer();
  readonly #inFlight = new RequestsInFlight();
  readonly #inputEnd = Promise.withResolvers<ExecError | undefined>();
  readonly #allSent = Promise.withResolvers<void>();
  #unsent = 0;
  #isEnding = false;
  #isClosed = false;

  constructor(stdin: Readable, stdout: Writable) {
    this.#stdin = stdin;
    this.#stdout = stdout;
  }

  /** Resolves when nothing more is read: at the end of stdin, after `endInput()`, or with the fault that ended it. */
  get inputEnd(): Promise<ExecError | undefined> {
    return this.#inputEnd.promise;
  }

  async start(): Promise<void> {
    this.#stdin.on('data', this.#onData).on('error', this.#onStdinError).on('end', this.#onEnd).on('close', this.#onEnd);
    this.#stdout.on('error', this.#onStdoutError);
    if (this.#stdin.readableEnded || this.#stdin.destroyed) setImmediate(this.#onEnd);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#inFlight.sent(message);
    const written = this.#write(message);
    // The SDK waits for what it sends at the end, and a client that does not read would hold it up.
    if (!this.#isEnding) await written;
  }

  /** Stops reading. */
  endInput(fault?: ExecError): void {
    this.#stdin.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd);
    if (this.#stdin.listenerCount('data') === 0) this.#stdin.pause();
    this.#inputEnd.resolve(fault);
  }

  /** Resolves when every request was answered and all is written, or after `boundMs`: a client that does not read holds nothing up. */
  async allSent(boundMs: number): Promise<void> {
    this.#isEnding = true;
    const timer = setTimeout(this.#allSent.resolve, boundMs);
    this.#checkAllSent();
    await this.#allSent.promise;
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.endInput();
    this.#stdin.off('error', this.#onStdinError);
    // What is not written yet may still fail, and nobody is left to be told.
    if (!this.#stdout.listeners('error').includes(ignore)) this.#stdout.on('error', ignore);
    this.#stdout.off('error', this.#onStdoutError);
    this.#buffer.clear();
    this.onclose?.();
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#buffer.append(chunk);
    } catch (cause) {
      this.endInput(connectionError(`a message is longer than ${STDIO_DEFAULT_MAX_BUFFER_SIZE} bytes`, cause));
    }
    while (this.#readMessage());
  };

  readonly #onEnd = (): void => this.endInput();

  readonly #onStdinError = (cause: Error): void => this.endInput(connectionError(`stdin cannot be read: ${cause.message}`, cause));

  readonly #onStdoutError = (cause: NodeJS.ErrnoException): void => {
    // A client that is gone is no fault; with answers unread its socket is reset.
    const left = cause.code === 'EPIPE' || cause.code === 'ECONNRESET';
    this.endInput(left ? undefined : connectionError(`stdout cannot be written: ${cause.message}`, cause));
  };

  /** Passes one message on; false when there is none. */
  #readMessage(): boolean {
    try {
      const message = this.#buffer.readMessage();
      if (message === null) return false;
      if (this.#inFlight.received(message)) this.onmessage?.(message);
      else if ('id' in message) void this.#write({ jsonrpc: '2.0', id: message.id, error: { code: -32_600, message: ID_IN_FLIGHT } });
      this.#checkAllSent();
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  }

  #write(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#unsent += 1;
    return new Promise((resolve) => {
      // A fault is told by the stream's event.
      this.#stdout.write(serializeMessage(message), () => {
        this.#unsent -= 1;
        this.#checkAllSent();
        resolve();
      });
    });
  }

  #checkAllSent(): void {
    if (this.#isEnding && this.#unsent === 0 && this.#inFlight.size === 0) this.#allSent.resolve();
  }
}

function ignore(): void {}

function connectionError(what: string, cause: unknown): ExecError {
  return new ExecError('EXEC_CLOSED', `stdio: the connection to the MCP client was ended: ${what}.`, { cause });
}
