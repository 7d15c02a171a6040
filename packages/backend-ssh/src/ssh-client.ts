import type { Duplex } from 'node:stream';
import { Client, type ClientCallback, type ConnectConfig } from 'ssh2';
import { askForSign } from './connection/ask-for-sign.ts';
import { ChannelStream } from './connection/channel-stream.ts';
import { closeRefused } from './connection/close-refused.ts';
import type { Endpoint } from './connection/endpoint.ts';
import { watchFirstWords } from './connection/first-words.ts';
import { Loss } from './connection/loss.ts';
import { prepareKeys } from './connection/prepared-keys.ts';
import { RemoteListeners } from './connection/remote-listeners.ts';
import { ASK_MS, watchSilence } from './connection/silence-watch.ts';
import { type SshChannel, toSshChannel } from './connection/ssh-channel.ts';
import { watchAnswers } from './connection/watch-answers.ts';
import { messageOf } from './message-of.ts';
import { printable } from './printable.ts';
import { SftpSession } from './sftp-client.ts';

export type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware } from 'ssh2';

/** What a connection needs from the outside, beside a socket: who the server is, and who we are. */
export interface ClientConfig extends Pick<ConnectConfig, 'authHandler'> {
  readonly username: string;
  /** Rejects for a key that is not to be trusted: the blob that the server sent. */
  readonly verifyHostKey: (blob: Uint8Array) => Promise<void>;
  /** To negotiate with, best first. */
  readonly hostKeyAlgorithms: readonly string[];
}

/** The server refused a channel, or what was to run in it: certainly nothing was started. */
export class ChannelRefused extends Error {
  /** Whether it was the channel, of which there may be too many; what runs in one is refused where the host has no room for another process. */
  readonly isCrowded: boolean;

  constructor(cause: Error) {
    super(printable(cause.message.replace(/^\(SSH\) /, '')), { cause });
    this.name = 'ChannelRefused';
    this.isCrowded = 'reason' in cause;
  }
}

/** The server went before it told its version: it may have no room now. */
export class NoVersion extends Error {
  /** What it said in its place. */
  readonly words: string;

  constructor(cause: unknown, words: string) {
    super(words === '' ? messageOf(cause) : `${messageOf(cause)}; it said: ${words}`, { cause });
    this.name = 'NoVersion';
    this.words = words;
  }
}

/** The server takes the password only together with a new one (SSH_MSG_USERAUTH_PASSWD_CHANGEREQ). */
export class PasswordExpired extends Error {
  constructor() {
    super('the password has expired');
    this.name = 'PasswordExpired';
  }
}

/** The server gives no terminals to this account: nothing was started. */
export class PtyRefused extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'PtyRefused';
  }
}

/** What runs in a channel. */
export interface ChannelRequest {
  readonly line: string;
  /** In a terminal of this size, which is then all of its streams. */
  readonly pty?: { readonly columns: number; readonly rows: number; readonly term: string };
}

/** What ssh2 says where the channel was opened, and the server refused to run the line in it. */
const NOT_RUN = 'Unable to exec';

/** A socket that the server does not close is destroyed after this. */
const END_MS = 2_000;
/** And after this where ssh2 has ended it for an error: the reason is not to wait for the server. */
const FOLLOW_MS = 200;

/** One connection to a server, over a socket that it owns. */
export class SshConnection {
  readonly loss: Loss = new Loss();
  /** What listens on the server for us. */
  readonly listeners: RemoteListeners;
  readonly #client: Client;
  readonly #socket: Duplex;
  #why: Error | undefined;

  /**
   * Resolves once the server has let us in; rejects with what ssh2 said, with what `verifyHostKey` did, or with the reason of `signal`.
   * From then on the socket keeps Node from exiting no more.
   */
  static async open(socket: Duplex, config: ClientConfig, signal: AbortSignal): Promise<SshConnection> {
    const connection = new SshConnection(socket);
    const firstWords = watchFirstWords(socket);
    const abort = (): void => connection.#drop(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      await connection.#logIn(config);
      signal.throwIfAborted();
      unreference(socket);
      return connection;
    } catch (error) {
      connection.#drop(error instanceof Error ? error : new Error(String(error)));
      if (signal.aborted) throw signal.reason;
      const words = firstWords();
      throw words === undefined ? error : new NoVersion(error, words);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  private constructor(socket: Duplex) {
    this.#socket = socket;
    this.#client = new Client().on('error', (error) => {
      // An agent that did not sign ends nothing: ssh2 goes on with the next way to log in.
      if (error.level === 'agent') return;
      this.#why ??= error;
      // Most errors make ssh2 end the connection, and the server may not follow.
      setTimeout(() => socket.writable || this.#drop(error), FOLLOW_MS).unref();
    });
    // The first time, and whenever they are exchanged anew.
    this.#client.on('handshake', () => prepareKeys(this.#client));
    // ssh2 would wait for a new one without end.
    this.#client.on('change password', () => this.#drop(new PasswordExpired()));
    this.listeners = new RemoteListeners(this.#client, this.loss);
    this.#client.on('tcp connection', ({ destIP, destPort }, accept, reject) =>
      this.listeners.give({ host: destIP, port: destPort }, accept, reject),
    );
    this.#client.on('unix connection', ({ socketPath }, accept, reject) => this.listeners.give({ path: socketPath }, accept, reject));
    const stopWatching = watchSilence(socket, (why) => this.#drop(why));
    const gone = (): void => {
      stopWatching();
      this.loss.tell(this.#why ?? new Error('the server closed the connection'));
    };
    this.#client.once('close', gone);
    socket.once('close', gone);
    // A stream through another connection, or a ProxyCommand, stays open in the other direction, and ssh2 would wait.
    socket.once('end', () => this.#drop(new Error('the server closed the connection')));
  }

  /** A socket that was destroyed or ended is told of a turn later. */
  get isLost(): boolean {
    return this.loss.why !== undefined || !this.#socket.writable;
  }

  /** @throws ChannelRefused, PtyRefused; any other error means that the line may have been run. */
  async exec({ line, pty }: ChannelRequest): Promise<SshChannel> {
    if (this.isLost) throw new ChannelRefused(new Error('the connection is gone'));
    const options = pty ? { pty: { cols: pty.columns, rows: pty.rows, term: pty.term } } : {};
    return this.#answer((done) => {
      this.#client.exec(line, options, (error, channel) => {
        // Its listeners are there before anything else of it comes.
        if (channel) return done(undefined, toSshChannel(channel, this.loss));
        if (error?.message === NOT_RUN) closeRefused(this.#client);
        done(meaningOf(error));
      });
    });
  }

  /** @throws ChannelRefused where the server has no SFTP for us */
  async sftp(): Promise<SftpSession> {
    if (this.isLost) throw new ChannelRefused(new Error('the connection is gone'));
    return this.#answer((done) => {
      this.#client.sftp((error, sftp) => {
        if (sftp) done(undefined, new SftpSession(sftp, this.loss));
        else done(this.isLost ? error : new ChannelRefused(error ?? new Error('no SFTP')));
      });
    });
  }

  /** A byte stream to an address as the server sees it. */
  async connectTo(to: Endpoint): Promise<Duplex> {
    return this.#answer((done) => {
      const opened: ClientCallback = (error, channel) => done(error, channel && new ChannelStream(channel, this.loss));
      if ('path' in to) this.#client.openssh_forwardOutStreamLocal(to.path, opened);
      else this.#client.forwardOut('127.0.0.1', 0, to.host, to.port, opened);
    });
  }

  /** It is lost as soon as it does not answer: for who closes, and does not wait for a network that is gone. */
  mustAnswer(): void {
    if (this.isLost) return;
    const stop = watchAnswers(
      this.#socket,
      () => askForSign(this.#client),
      (why) => this.#drop(why),
    );
    this.loss.when(stop);
  }

  /** Channels that are open end with it. Resolves when it is gone. */
  async end(): Promise<void> {
    this.#client.end();
    const late = setTimeout(() => this.#socket.destroy(), END_MS);
    await new Promise<void>((resolve) => this.loss.when(() => resolve()));
    clearTimeout(late);
  }

  /** Of what ssh2 is asked for; where the connection is lost before, it may never call. */
  #answer<T>(ask: (done: (error: Error | undefined, answer?: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = this.loss.when(reject);
      ask((error, answer) => {
        stop();
        if (answer === undefined) reject(error);
        else resolve(answer);
      });
    });
  }

  async #logIn({ verifyHostKey, hostKeyAlgorithms, ...config }: ClientConfig): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      const stop = this.loss.when(reject);
      this.#client.once('ready', () => {
        stop();
        // Such as a key that could not sign, after which another let us in.
        this.#why = undefined;
        resolve();
      });
    });
    let trusted: Buffer | undefined;
    this.#client.connect({
      ...config,
      sock: this.#socket,
      algorithms: { serverHostKey: [...hostKeyAlgorithms] as never },
      hostVerifier: (blob: Buffer, answer: (isTrusted: boolean) => void) => {
        // When keys are exchanged anew it must be the same one, and the answer must come at once: what ssh2 1.17 sends while it waits for it
        // goes out in the wrong form, and the server ends the connection.
        if (trusted) return trusted.equals(blob);
        verifyHostKey(blob).then(
          () => {
            trusted = blob;
            answer(true);
          },
          (fault) => {
            this.#why = fault;
            answer(false);
          },
        );
        return undefined;
      },
      // How long it may take is the caller's signal's to say.
      readyTimeout: 0,
      // So that ssh2 asks for signs of life; whether they come is counted by `watchSilence`.
      keepaliveInterval: ASK_MS,
      keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    });
    await ready;
  }

  #drop(why: Error): void {
    this.#why ??= why;
    this.#socket.destroy();
  }
}

/** That the channel was not opened has a reason; a request that was refused has these words. */
function meaningOf(error: Error | undefined): Error | undefined {
  if (error?.message === 'Unable to request a pseudo-terminal') return new PtyRefused(error);
  return error && ('reason' in error || error.message === NOT_RUN) ? new ChannelRefused(error) : error;
}

/** A stream through another connection has nothing of the kind. */
function unreference(socket: Duplex): void {
  if ('unref' in socket && typeof socket.unref === 'function') socket.unref();
}
