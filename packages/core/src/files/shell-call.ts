import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type ByteChannel, NotStarted } from '../driver.ts';
import { ExecError, isExecError } from '../errors.ts';
import { messageOf } from '../message-of.ts';
import { orAborted } from '../or-aborted.ts';
import type { CommandStream } from '../shell/command-stream.ts';
import { letGo } from '../shell/let-go.ts';
import { ShellStream } from '../shell/shell-stream.ts';
import type { GuardedChannel } from '../shell/warm-target.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import type { Named } from './file-errors.ts';
import { fileScript } from './scripts/file-script.ts';
import { trailer } from './scripts/write-statements.ts';
import { toRefusal, toTargetError } from './target-words.ts';

/** Opens a plain sh on the target. */
export type OpenShell = (signal: AbortSignal) => Promise<GuardedChannel>;

/** What is done on the target by one shell. */
export interface ShellTask {
  /** See `fileScript`. */
  readonly statements: string;
  /** What its faults may be about. */
  readonly named: readonly Named[];
}

/**
 * Has a shell of its own do something with files, and `use` hear of it. Settles when nothing of it is left to do, here and, as far as one
 * can wait for that, on the target.
 */
export async function callShell<T>(
  openShell: OpenShell,
  task: ShellTask,
  signal: AbortSignal,
  use: (call: ShellCall) => Promise<T>,
): Promise<T> {
  return keepingNodeAlive(call());

  async function call(): Promise<T> {
    const channel = await open(openShell, signal);
    const shellCall = new ShellCall(channel, task);
    const using = use(shellCall);
    try {
      return await orAborted(greeted(channel, using), signal);
    } finally {
      leave(channel);
      await Promise.allSettled([using]);
      if (shellCall.isUnanswered) await channel.closed.catch(() => {});
    }
  }
}

/** What `using` comes to. Where no sh answers, that says more than its own fault, and it may wait for one for ever. */
async function greeted<T>(channel: GuardedChannel, using: Promise<T>): Promise<T> {
  const greeting = channel.greeted?.catch((fault: unknown) => {
    throw fault instanceof NotStarted ? notDone(fault.error) : notKnown(messageOf(fault));
  });
  const never = greeting?.then(() => new Promise<never>(() => {})) ?? using;
  return Promise.race([using, never]).catch(async (fault: unknown) => {
    if (isExecError(fault) && fault.code === 'EXEC_UNAVAILABLE') await greeting;
    throw fault;
  });
}

/** One shell's answer. */
export class ShellCall {
  readonly #channel: ByteChannel;
  readonly #named: readonly Named[];
  readonly #stream: CommandStream;
  #answered = false;

  constructor(channel: ByteChannel, { statements, named }: ShellTask) {
    const marks = { begin: randomBytes(16).toString('hex'), end: randomBytes(16).toString('hex') };
    this.#channel = channel;
    this.#named = named;
    this.#stream = new ShellStream(channel.stdout, () => {}).command(marks.begin, marks.end, () => false);
    this.#stream.ended.then((words) => {
      this.#answered = words !== undefined;
    });
    channel.stdin.write(fileScript(marks, statements));
  }

  /** Whether the target may still be at it. */
  get isUnanswered(): boolean {
    return !this.#answered;
  }

  /** Resolves when the script comes to what may take long: it checked all that it can check before. */
  async begun(): Promise<void> {
    if ((await this.#stream.begun) === undefined) await this.done();
  }

  /** The answer's bytes as they come; `done` tells whether they are all. */
  get bytes(): AsyncIterable<Buffer> {
    return this.#stream;
  }

  /** All of the answer. */
  async answer(): Promise<Buffer> {
    const bytes = await buffer(this.#stream);
    await this.done();
    return bytes;
  }

  /**
   * Sends bytes to a writing script, no faster than they are taken, and `seal` behind them, where they do not say themselves that they are
   * all; each piece is free again when the next is asked for. Stops when the answer comes before.
   */
  async feed(pieces: AsyncIterable<Uint8Array>, seal?: string): Promise<void> {
    let bytes = 0;
    for await (const piece of pieces) {
      const isOver = await Promise.race([this.#written(piece), this.#stream.ended.then(() => true)]);
      if (isOver) return;
      bytes += piece.length;
    }
    this.#channel.stdin.end(seal === undefined ? '' : trailer(seal, bytes));
  }

  /** Resolves when all is done. */
  async done(): Promise<void> {
    // Whoever did not read its bytes does not want them, and they may not be in the way of the end.
    if (!this.#stream.readableEnded) this.#stream.destroy();
    const [word, option, ...words] = (await this.#stream.ended) ?? [];
    if (word === 'ok') return;
    const named = this.#named.find((one) => one.option === option);
    if (word === undefined || !named) throw lost();
    const said = Buffer.from(words.join(' '), 'latin1').toString();
    throw word === 'refused' ? toRefusal(said, named) : toTargetError(said, named);
  }

  #written(piece: Uint8Array): Promise<false> {
    return new Promise((resolve) => this.#channel.stdin.write(piece, () => resolve(false)));
  }
}

async function open(openShell: OpenShell, signal: AbortSignal): Promise<GuardedChannel> {
  let channel: GuardedChannel;
  try {
    channel = await openShell(signal);
  } catch (fault) {
    const cause = fault instanceof NotStarted ? fault.error : fault;
    if (isExecError(cause)) throw cause;
    const message = `No shell could be opened on the target, so nothing was done: ${messageOf(cause)}.`;
    throw new ExecError('EXEC_UNAVAILABLE', message, { cause });
  }
  for (const stream of [channel.stdin, channel.stdout, channel.stderr]) stream.on('error', () => {});
  channel.stderr.resume();
  return channel;
}

/** Nobody hears it any more, and at the end of its input it ends. */
function leave(channel: ByteChannel): void {
  for (const stream of [channel.stdout, channel.stderr]) stream.destroy();
  letGo(channel);
}

function notDone(cause: ExecError): ExecError {
  return new ExecError(cause.code, `Nothing was done: ${cause.message}`, { cause });
}

function lost(): ExecError {
  return notKnown('The shell on the target ended before it answered');
}

function notKnown(why: string): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', `${why.replace(/\.$/, '')}; whether it was done is not known.`);
}
