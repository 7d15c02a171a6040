import { type DriverProcess, ExecError, NotStarted, type ProcessExit } from '@errand/core';
import { OutputStream } from '@errand/core/waiting';
import type { Answer, Completion } from '../lambda-client.ts';
import { FrameDecoder } from '../protocol/decoder.ts';
import type { Ended, Frame, Refused } from '../protocol/frame.ts';
import { crashOf, initFault } from './completion-fault.ts';
import { Silence } from './silence.ts';

/** How an answer is followed. */
export interface Following {
  readonly functionName: string;
  /** How long nothing may be heard, once something was. */
  readonly silenceMs: number;
  /** Tells the function of a cancel; absent where nothing does. */
  readonly tellCancel?: () => Promise<void>;
}

/** What is kept for a reader who holds back a command that is being ended; more is counted. */
const MAX_UNTAKEN_BYTES = 1_048_576;
const OUT_OF_REACH = 'nothing reaches the command in its function, where its deadline ends it';

/** A command in a function, as far as its answer tells. */
export class FollowedCommand implements DriverProcess {
  readonly stdout: OutputStream = new OutputStream();
  readonly stderr: OutputStream = new OutputStream();
  readonly exit: Promise<ProcessExit>;
  /** Rejects with `NotStarted`, or with why nobody knows whether it started. */
  readonly started: Promise<void>;
  /** Resolves when nothing of its answer is to come any more. */
  readonly over: Promise<void>;
  readonly #answer: Answer;
  readonly #following: Following;
  readonly #running = Promise.withResolvers<void>();
  readonly #exit = Promise.withResolvers<ProcessExit>();
  readonly #over = Promise.withResolvers<void>();
  readonly #silence: Silence;
  readonly #readingOn = Promise.withResolvers<void>();
  #isHeld = true;
  #isRunning = false;
  #usage: ProcessExit['usage'];
  /** At the end of each stream. */
  #omitted = { stdout: 0, stderr: 0 };

  constructor(answer: Answer, following: Following) {
    this.#answer = answer;
    this.#following = following;
    this.started = this.#running.promise;
    this.over = this.#over.promise;
    this.exit = this.#exit.promise;
    this.started.catch(() => {});
    this.exit.catch(() => {});
    const { silenceMs } = following;
    this.#silence = new Silence(silenceMs, () => this.#abandon(`nothing was heard from the function for ${silenceMs} ms`));
    void this.#follow();
  }

  /** No signal reaches it; its function ends all that it left before it is over. */
  readonly kill: NonNullable<DriverProcess['kill']> = () => {
    this.#readOn();
    return this.over.then(() => false);
  };

  readonly dropped: NonNullable<DriverProcess['dropped']> = async (stream) => this.#omitted[stream];

  cancel(): void {
    this.#readOn();
    const { tellCancel } = this.#following;
    if (!tellCancel) return this.#abandon(OUT_OF_REACH);
    tellCancel().catch((fault: unknown) =>
      this.#abandon(`the function could not be told of the cancel (${String(fault)}); ${OUT_OF_REACH}`),
    );
  }

  letGo(reason: string): void {
    this.#abandon(reason);
  }

  async #follow(): Promise<void> {
    const decoder = new FrameDecoder();
    try {
      for await (const event of this.#answer.events) {
        this.#silence.heard();
        if (!(event instanceof Uint8Array)) {
          if (!decoder.isOver) this.#complete(event, decoder);
          return;
        }
        for (const frame of decoder.push(event)) await this.#take(frame);
      }
      decoder.end();
    } catch (fault) {
      this.#fail(toError(fault));
      this.#answer.destroy();
    } finally {
      this.#close();
    }
  }

  #take(frame: Frame): Promise<void> | undefined {
    switch (frame.type) {
      case 'started':
        this.#isRunning = true;
        this.#running.resolve();
        return undefined;
      case 'stdout':
      case 'stderr':
        return this.#give(frame.type, frame.data);
      case 'usage':
        this.#usage = { cpuMs: frame.cpuMs };
        return undefined;
      case 'ended':
        if ('refused' in frame.ending) this.#running.reject(toNotStarted(frame.ending));
        else this.#end(frame.ending);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Both streams wait while one has no reader. */
  async #give(name: 'stdout' | 'stderr', data: Uint8Array): Promise<void> {
    const stream = this[name];
    if (!this.#isHeld && (this.#omitted[name] > 0 || stream.readableLength > MAX_UNTAKEN_BYTES)) {
      this.#omitted[name] += data.length;
      return;
    }
    if (stream.give(data) || !this.#isHeld) return;
    this.#silence.stop();
    await Promise.race([stream.wanted(), this.#readingOn.promise]);
    this.#silence.heard();
  }

  /** It is being ended: its end comes behind what its readers did not take. */
  #readOn(): void {
    this.#isHeld = false;
    this.#readingOn.resolve();
  }

  #end({ outcome, exitCode, signal, cause, reason, omitted }: Ended): void {
    if (omitted) this.#omitted = { ...omitted };
    if (outcome === 'unknown') return this.#fail(new Error(reason ?? 'the function does not know how it ended'));
    this.#running.resolve();
    this.#exit.resolve({
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
      ...(cause !== undefined && { cause }),
      ...(reason !== undefined && { reason }),
      ...(outcome === 'timed-out' && { timedOut: true }),
      ...(outcome === 'idle-timed-out' && { idleTimedOut: true }),
      ...(outcome === 'cancelled' && { cancelled: true }),
      ...(outcome === 'out-of-memory' && { outOfMemory: true }),
      ...(this.#usage && { usage: this.#usage }),
    });
    this.#endStreams();
  }

  /** The function is over, and its last word did not come. */
  #complete(completion: Completion, decoder: FrameDecoder): void {
    if (completion.errorCode === undefined) return decoder.end();
    if (!this.#isRunning) return this.#fail(initFault(completion, this.#following.functionName));
    const crash = crashOf(completion);
    if ('fault' in crash) this.#fail(crash.fault);
    else this.#exit.resolve(crash.exit);
  }

  #abandon(reason: string): void {
    this.#fail(new Error(reason));
    this.#answer.destroy();
    this.#close();
  }

  /** Does nothing once the end is known. */
  #fail(fault: Error): void {
    this.#running.reject(fault);
    this.#exit.reject(fault);
  }

  #close(): void {
    this.#silence.stop();
    this.#endStreams();
    this.#over.resolve();
  }

  #endStreams(): void {
    this.stdout.end();
    this.stderr.end();
  }
}

function toNotStarted({ refused: { code, message, detail } }: Refused): NotStarted {
  return new NotStarted(new ExecError(code, message, { detail }));
}

function toError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}
