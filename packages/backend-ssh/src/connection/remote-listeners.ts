import type { Duplex } from 'node:stream';
import { ChannelStream, type ForwardedChannel } from './channel-stream.ts';
import type { Endpoint } from './endpoint.ts';
import type { Loss } from './loss.ts';

/** A connection that somebody made to a socket on the server. One of the two is to be called. */
export interface Incoming {
  /** @throws Error where the connection to the server is gone */
  accept(): Duplex;
  refuse(): void;
}

/** A socket on the server. */
export interface RemoteListener {
  /** With the port that the server picked, where it was asked to. */
  readonly endpoint: Endpoint;
  /** Resolves when the server has taken note, or is gone. */
  close(): Promise<void>;
}

type Taker = (incoming: Incoming) => void;
type Answered = (error?: Error | null) => void;

/** The part of ssh2's client that has to do with it. */
interface ListeningClient {
  forwardIn(host: string, port: number, done: (error: Error | undefined, port: number) => void): unknown;
  unforwardIn(host: string, port: number, done: Answered): unknown;
  openssh_forwardInStreamLocal(path: string, done: Answered): unknown;
  openssh_unforwardInStreamLocal(path: string, done: Answered): unknown;
}

/** What of one connection listens on the server. */
export class RemoteListeners {
  readonly #client: ListeningClient;
  readonly #loss: Loss;
  readonly #takers = new Map<string, Taker>();

  constructor(client: ListeningClient, loss: Loss) {
    this.#client = client;
    this.#loss = loss;
  }

  /** Rejects where the server refuses, which it does without a word, or the connection is lost. */
  async listen(at: Endpoint, take: Taker): Promise<RemoteListener> {
    const endpoint = await this.#answer<Endpoint>((done) => {
      const answered = (error: Error | null | undefined, bound: Endpoint): void => {
        // Before anything else that came is looked at: it may be the first who connects.
        if (!error) this.#takers.set(keyOf(bound), take);
        done(error, bound);
      };
      if ('path' in at) this.#client.openssh_forwardInStreamLocal(at.path, (error) => answered(error, at));
      else this.#client.forwardIn(at.host, at.port, (error, port) => answered(error, { host: at.host, port }));
    });
    return { endpoint, close: () => this.#close(endpoint) };
  }

  /** To be called when somebody connected to a socket on the server: `accept` and `reject` are ssh2's. */
  give(at: Endpoint, accept: () => ForwardedChannel, reject: () => void): void {
    const take = this.#takers.get(keyOf(at));
    if (!take) return reject();
    take({
      accept: () => {
        if (this.#loss.why) throw this.#loss.why;
        return new ChannelStream(accept(), this.#loss);
      },
      refuse: () => {
        if (!this.#loss.why) reject();
      },
    });
  }

  async #close(at: Endpoint): Promise<void> {
    const cancelled = this.#answer<true>((done) => {
      if ('path' in at) this.#client.openssh_unforwardInStreamLocal(at.path, (error) => done(error, true));
      else this.#client.unforwardIn(at.host, at.port, (error) => done(error, true));
    });
    // One that is gone, or knows of no such socket, does not listen either.
    await cancelled.catch(() => {});
    this.#takers.delete(keyOf(at));
  }

  #answer<T>(ask: (done: (error: Error | null | undefined, answer: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = this.#loss.when(reject);
      ask((error, answer) => {
        stop();
        if (error) reject(error);
        else resolve(answer);
      });
    });
  }
}

function keyOf(at: Endpoint): string {
  return 'path' in at ? at.path : `${at.host} ${at.port}`;
}
