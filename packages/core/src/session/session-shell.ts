import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type ByteChannel, type DriverProcess, NotStarted, type ProcessRequest } from '../driver.ts';
import { endTree } from '../engine/end-tree.ts';
import { ExecError, notSupported } from '../errors.ts';
import { messageOf } from '../message-of.ts';
import { orAborted } from '../or-aborted.ts';
import { Gone } from '../shell/gone.ts';
import { letGo } from '../shell/let-go.ts';
import { shellEnded } from '../shell/shell-ended.ts';
import type { WarmTarget } from '../shell/warm-target.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import { suffix } from '../supervisor/registration.ts';
import { firstFrames } from './first-frames.ts';
import { leaderSource } from './leader-script.ts';
import { isSealed } from './sealed.ts';
import { type CommandEnd, SessionCommand } from './session-command.ts';
import { type CommandSides, SessionPipes } from './session-pipes.ts';
import { sessionSource } from './session-script.ts';

/** How late after the session's end what it said last may be read. */
const LATE_MS = 200;
/** How long the shell has at its end for what the user's EXIT trap does. */
const EXIT_MS = 1_000;
/** A shell whose end nobody can see is not waited for any longer. */
const GIVE_UP_MS = 4_000;
const UNEXPECTED = 'its shell, or the connection to it, ended unexpectedly';

export interface SessionShellOptions {
  readonly target: WarmTarget;
  /** The shell's file and its options, separated by spaces. */
  readonly shell: string;
  /** By which the supervisor finds it; begins with the executor's. */
  readonly marker: string;
  /** Milliseconds between SIGTERM and SIGKILL for what is left at its end. */
  readonly killGraceMs: number;
}

/** The shell of a session on its target: it runs one command after the other and keeps their state. */
export class SessionShell {
  /** Why it takes no further command; undefined while it does. */
  whyClosed: string | undefined;
  /** Resolves once nothing is left of it. */
  readonly ended: Promise<void>;
  readonly #options: SessionShellOptions;
  readonly #channel: ByteChannel;
  readonly #nonce = randomBytes(16).toString('hex');
  readonly #over = new Gone();
  readonly #gone = new Gone();
  #isConnectionLost = false;
  #running: Promise<unknown> = Promise.resolve();
  /** Once it is gone: resolves when all that it said of that has been read. */
  #lastWords: Promise<unknown> = Promise.resolve();
  readonly #pipes: SessionPipes;
  /** Whether its shell may have left something when it ended. */
  #unclean = false;
  /** How many commands ended its shell, or had it killed. */
  #losses = 0;
  #closing: Promise<void> | undefined;
  readonly #tellEnded: () => void;

  /** @throws ExecError `EXEC_UNAVAILABLE`, `EXEC_NOT_SUPPORTED`; or the reason of `signal` */
  static async open(options: SessionShellOptions, signal: AbortSignal): Promise<SessionShell> {
    const channel = await keepingNodeAlive(options.target.openShell(signal));
    const session = new SessionShell(options, channel);
    const abort = (): void => channel.destroy();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const begun = keepingNodeAlive(session.#begin());
    try {
      await orAborted(begun, signal);
      return session;
    } catch (error) {
      const closed = begun.catch(() => {}).then(() => session.close('it could not be opened'));
      // One that is out of processes may try again for a while before it heeds anything: nobody waits for that.
      if (signal.aborted) throw signal.reason;
      await closed;
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  private constructor(options: SessionShellOptions, channel: ByteChannel) {
    this.#options = options;
    this.#channel = channel;
    const openShell = (): Promise<ByteChannel> => options.target.openShell(new AbortController().signal);
    this.#pipes = new SessionPipes(channel, openShell, (bytes) => this.#hearStray(bytes));
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#tellEnded = ended.resolve;
    channel.stdin.on('error', () => {});
    const heard = new Promise<void>((resolve) => channel.stderr.once('end', resolve).once('close', resolve));
    const gone = (): void => {
      // The frame by which a command tells that it ended the session, or the leader's last words, may not have been read yet.
      this.#lastWords = Promise.race([heard, delay(LATE_MS, undefined, { ref: false })]);
      this.#gone.tell();
      Promise.all([this.#running, this.#lastWords]).then(() => this.#fail(UNEXPECTED));
    };
    channel.closed.then(gone, () => {
      this.#isConnectionLost = true;
      gone();
    });
  }

  /** Acts once it takes no further command, if need be at once; what is returned keeps it from doing so. */
  whenOver(act: () => void): () => void {
    return this.#over.when(act);
  }

  /** Bytes that came from what commands had left in the background. */
  get lateOutputBytes(): number {
    return this.#pipes.lateBytes;
  }

  /** Runs a command; none may run. Rejects with `NotStarted` when it was not sent. */
  start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const started = this.#start(request, signal);
    this.#running = started.then(({ exit }) => exit).catch(() => {});
    return started;
  }

  async #start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const { output, input } = await this.#openSides(request.stdin);
    if (this.#gone.isGone) {
      // Whoever saw it go waits for what runs, which may be this.
      await keepingNodeAlive(this.#lastWords);
      this.#fail(UNEXPECTED);
    }
    if (this.whyClosed !== undefined || signal.aborted) {
      output?.close();
      input?.close();
      throw this.whyClosed === undefined ? givenUp(signal) : this.closedError();
    }
    if (output) this.#pipes.turnTo(output);
    const end = randomBytes(16).toString('base64url');
    let command: SessionCommand | undefined;
    const streams = this.#pipes.current.command(request.nonce, end, () => command?.isEnding ?? false);
    const source = String(request.command);
    // An EXIT trap may start something.
    const unclean = this.#unclean || /\btrap\b/.test(source);
    this.#unclean = true;
    const sealed = isSealed(source) ? 'sealed' : 'open';
    const head = [source.split('\n').length, request.nonce, suffix(request.marker), output?.pid ?? '-', input?.pid ?? '-', sealed];
    this.#channel.stdin.write(`${head.join(' ')}\n${source}\n${end}\n`);
    const onSilence = (): void => this.#fail('its shell did not answer');
    const whenGone = (act: () => void): (() => void) => this.#gone.when(act);
    const [started, begun] = await keepingNodeAlive(firstFrames(streams, { signal, whenGone, onSilence }));
    output?.endInput();
    if (!started || !begun) {
      input?.close();
      streams.stdout.destroy();
      streams.stderr.destroy();
      throw new Error(this.whyClosed ?? 'the session did not say that the command runs');
    }
    command = new SessionCommand({
      request,
      stdin: input?.stdin,
      ...streams,
      supervisor: this.#options.target.supervisor,
      started,
      whenGone,
      whyGone: () => `the session ended under the command: ${this.whyClosed ?? 'its shell, or the connection to it, is gone'}`,
      isConnectionLost: () => this.#isConnectionLost,
      onEnd: (ended) => {
        input?.close();
        this.#ended(ended, unclean);
      },
      onSilence: () => this.#fail('its shell did not answer once a command was ended'),
    });
    // Its output may end before its shell is known to be gone.
    command.process.exit.catch(() => this.#fail(UNEXPECTED));
    return command.process;
  }

  /** Ends it: its shell at the end of its input, then whatever is left of its jobs. No command may run. Never rejects. */
  close(reason: string): Promise<void> {
    this.whyClosed ??= reason;
    this.#closing ??= this.#close().finally(this.#tellEnded);
    this.#over.tell();
    return this.#closing;
  }

  /** Takes no further command, and lets the one that runs end. */
  refuse(reason: string): void {
    this.whyClosed ??= reason;
    this.#over.tell();
  }

  closedError(): NotStarted {
    return new NotStarted(new ExecError('EXEC_SESSION_CLOSED', `The session is closed: ${this.whyClosed}. Open another one.`));
  }

  async #begin(): Promise<void> {
    const { target, shell, marker } = this.#options;
    const { current } = this.#pipes;
    const up = current.line(this.#nonce);
    this.#channel.stdin.write(leaderSource(this.#nonce, shell, marker));
    const [word, outer = ''] = said(await up);
    if (word === 'shell') {
      const [file = ''] = shell.split(' ');
      const message = `The shell '${file}' was not found, or is not an executable file.`;
      throw new ExecError('EXEC_NOT_FOUND', message, { detail: { what: 'shell', name: file } });
    }
    if (word === 'none') throw notSupported('openSession', "a session needs Linux's /proc and an sh that makes pipes of here-documents");
    const nonce = randomBytes(16).toString('hex');
    const hello = current.line(nonce);
    const executorMarker = marker.slice(0, marker.lastIndexOf('.'));
    this.#channel.stdin.write(sessionSource({ nonce, gone: this.#nonce, executorMarker, marker, outer }));
    const [, leader, group, startTime = '0'] = said(await hello);
    if (leader !== group) throw new ExecError('EXEC_UNAVAILABLE', 'The target gives a shell no process group of its own.');
    target.supervisor.register({ key: marker, pid: Number(leader), startTime, killGraceMs: this.#options.killGraceMs });
  }

  async #openSides(withInput: boolean): Promise<CommandSides> {
    return this.#pipes.open(withInput).catch((cause: unknown) => {
      throw new NotStarted(
        new ExecError('EXEC_UNAVAILABLE', `No channel for the command could be opened: ${messageOf(cause)}.`, { cause }),
      );
    });
  }

  /** The leader's last words. */
  #hearStray(bytes: Buffer): void {
    const [, status] = new RegExp(`${this.#nonce} gone (\\d+)\n`).exec(bytes.toString('latin1')) ?? [];
    if (status === undefined) return;
    // Each makes the shell's stack grow: some hundreds end it.
    const losses = this.#losses > 0 ? `, after ${this.#losses} of its commands had ended it` : '';
    this.#fail(`its shell ended by itself while no command ran, with status ${status}${losses}`);
  }

  #ended({ exitCode, how, left }: CommandEnd, unclean: boolean): void {
    if (left === 'held') this.#pipes.hold();
    this.#unclean = unclean || left !== 'none' || how !== 'done';
    if (how === 'lost') this.#losses += 1;
    if (how === 'exited') this.#fail(`a command ended it with exit code ${exitCode}`);
  }

  #fail(reason: string): void {
    void this.close(reason);
  }

  async #close(): Promise<void> {
    const { target, marker, killGraceMs } = this.#options;
    const { supervisor } = target;
    const { stdin, stdout, stderr } = this.#channel;
    stdin.end();
    const gone = new Promise<void>((resolve) => this.#gone.when(resolve));
    await keepingNodeAlive(Promise.race([gone, delay(EXIT_MS, undefined, { ref: false })]));
    // To look for its processes among all takes a while where there are many sessions.
    if (this.#unclean || !this.#gone.isGone) {
      supervisor.ending(marker);
      const kill: DriverProcess['kill'] = (signal, scope) => supervisor.signal(marker, signal, scope);
      await keepingNodeAlive(endTree({ kill }, { signal: 'SIGTERM', graceMs: killGraceMs, scope: 'tree' }).gone);
    }
    supervisor.release(marker);
    letGo(this.#channel);
    // What still has its pipes finds them closed.
    for (const stream of [stdout, stderr]) stream.destroy();
    this.#pipes.close();
    await keepingNodeAlive(Promise.race([gone, delay(GIVE_UP_MS, undefined, { ref: false })]));
  }
}

function said(words: readonly string[] | undefined): readonly string[] {
  if (words) return words;
  throw shellEnded();
}

function givenUp(signal: AbortSignal): NotStarted {
  return new NotStarted(new ExecError('EXEC_CLOSED', 'The command was given up before it was sent.', { cause: signal.reason }));
}
