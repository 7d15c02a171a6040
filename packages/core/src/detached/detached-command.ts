import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ByteChannel, DriverProcess, ProcessExit } from '../driver.ts';
import type { Outcome, Signal } from '../result.ts';
import type { CommandStream } from '../shell/command-stream.ts';
import { endFrame } from '../shell/end-frame.ts';
import { Gone } from '../shell/gone.ts';
import { letGo } from '../shell/let-go.ts';
import { SupervisedKill } from '../shell/supervised-kill.ts';
import type { Guard } from '../shell/warm-target.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';

/** How often a target is asked, while a reader holds the output back, whether the command ended. */
const ASK_MS = 500;
/** What was told to have ended, and says nothing for so long although nobody holds it back, says nothing more. */
const QUIET_MS = 5_000;

export interface DetachedCommandParts {
  readonly channel: ByteChannel;
  readonly stdout: CommandStream;
  readonly stderr: CommandStream;
  /** The words of the first frame. */
  readonly started: readonly string[];
  /** The bytes from which on it is read. */
  readonly from: Readonly<Record<'stdout' | 'stderr', number>>;
  /** By which the supervisor finds the reader; begins with the executor's. */
  readonly marker: string;
  readonly supervisor: Guard;
  /** Asks apart from the output: the words of its status, or undefined while it runs. */
  readonly askStatus: () => Promise<readonly string[] | undefined>;
}

/** What a status says. */
export interface Status {
  readonly outcome: Extract<Outcome, 'exited' | 'signaled' | 'timed-out' | 'unknown'>;
  readonly exitCode?: number;
  readonly signal?: Signal;
  /** Bytes that were, of each stream. */
  readonly kept: Readonly<Record<'stdout' | 'stderr', number>>;
  /** Bytes that were not kept on the target, of each stream. */
  readonly dropped: Readonly<Record<'stdout' | 'stderr', number>>;
  /** Whether there may have been more than that: the spool's disk was full. */
  readonly uncounted: boolean;
  readonly runMs: number;
}

/** A detached execution that is followed, as a process. */
export class DetachedCommand {
  readonly process: DriverProcess;
  readonly #parts: DetachedCommandParts;
  readonly #kill: SupervisedKill;
  readonly #gone = new Gone();
  readonly #status: Promise<Status | undefined>;
  #why = 'the connection to the target was lost; attach(id) again';
  #over = false;

  constructor(parts: DetachedCommandParts) {
    const { channel, stdout, stderr, started, marker, supervisor } = parts;
    const [, pid, startTime = '0', reader, key = ''] = started;
    this.#parts = parts;
    this.#kill = new SupervisedKill(supervisor, `errand.${key}`);
    // It ends the command only if it is asked to, and the reader also at this client's death.
    supervisor.register({ key: `errand.${key}`, pid: Number(pid), startTime, killGraceMs: 0, guest: true });
    supervisor.register({ key: marker, pid: Number(reader), killGraceMs: 0 });
    const gone = (): void => this.#gone.tell();
    channel.closed.then(gone, gone);
    this.#status = this.#read();
    this.process = {
      stdout,
      stderr,
      exit: keepingNodeAlive(this.#exit()),
      delivered: this.#deliver(),
      kill: (signal, scope) => this.#kill.send(signal, scope),
      letGo: (why) => this.#letGo(why),
      dropped: (stream) => this.#dropped(stream),
    };
  }

  /** Undefined when it did not come. */
  async #read(): Promise<Status | undefined> {
    const { stdout, stderr } = this.#parts;
    const frame = endFrame({ stdout, stderr, whenGone: (act) => this.#gone.when(act) });
    let over = false;
    const ended = frame.finally(() => {
      over = true;
    });
    const words = await Promise.race([ended, this.#whileHeld(() => over)]);
    return words && statusOf(words);
  }

  /** Where a reader holds the output back, the status behind it is not seen. */
  async #whileHeld(isOver: () => boolean): Promise<readonly string[]> {
    const { stdout, stderr, askStatus } = this.#parts;
    while (!isOver()) {
      await delay(ASK_MS, undefined, { ref: false });
      if (isOver() || !(stdout.isHeld || stderr.isHeld)) continue;
      const words = await askStatus().catch(() => undefined);
      if (words) return words;
    }
    return new Promise(() => {});
  }

  async #exit(): Promise<ProcessExit> {
    const { stdout, stderr } = this.#parts;
    const status = await this.#status;
    this.#over = true;
    // What it left was its guardian's to end.
    this.#kill.end();
    if (!status) {
      stdout.orphan();
      stderr.orphan();
      throw new Error(this.#why);
    }
    const { outcome, exitCode, signal, uncounted } = status;
    if (outcome === 'unknown') throw new Error('its guardian on the target was ended from outside, or the target was restarted');
    return {
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
      ...(outcome === 'timed-out' && { timedOut: true }),
      ...(uncounted && { cause: 'limit' as const }),
    };
  }

  /** The status may have been asked for, and overtake what a slow reader has still to get: whoever sends that is let go behind it. */
  async #deliver(): Promise<void> {
    const { channel, marker, supervisor } = this.#parts;
    const status = await this.#status;
    if (status) await this.#streamsOver();
    supervisor.release(marker);
    letGo(channel);
  }

  async #streamsOver(): Promise<void> {
    const { stdout, stderr } = this.#parts;
    const over = new AbortController();
    const { signal } = over;
    Promise.all([stdout.ended, stderr.ended]).then(() => over.abort());
    const came = (): number => stdout.outputBytes + stderr.outputBytes;
    for (let before = -1; !signal.aborted && (stdout.isHeld || stderr.isHeld || came() > before); ) {
      before = came();
      await delay(QUIET_MS, undefined, { ref: false, signal }).catch(() => {});
    }
  }

  /** What lies behind what came: not kept there, or not taken here. */
  async #dropped(stream: 'stdout' | 'stderr'): Promise<number> {
    const status = await this.#status;
    if (!status) return 0;
    const { from } = this.#parts;
    return Math.max(0, status.kept[stream] + status.dropped[stream] - from[stream] - this.#parts[stream].outputBytes);
  }

  /** The command goes on. */
  #letGo(why: string): void {
    if (this.#over) return;
    this.#why = why;
    const { channel, marker, supervisor } = this.#parts;
    this.#gone.tell();
    supervisor.signal(marker, 'SIGKILL', 'tree').catch(() => channel.destroy());
    letGo(channel);
  }
}

/** HOW CODE SIGNALED OUT OUT-REST ERR ERR-REST MS */
export function statusOf(words: readonly string[]): Status {
  const [how, code, signaled, out, outRest, err, errRest, ms] = words;
  const dropped = { stdout: rest(outRest), stderr: rest(errRest) };
  const kept = { stdout: Number(out ?? 0), stderr: Number(err ?? 0) };
  const common = { kept, dropped, uncounted: Number(outRest) < 0 || Number(errRest) < 0, runMs: Number(ms ?? 0) };
  if (how === 'lost' || how === undefined || how === '') return { outcome: 'unknown', ...common };
  const exitCode = Number(code);
  const signal = signaled === '1' ? signalOf(exitCode - 128) : undefined;
  const exit = signal === undefined ? { exitCode } : { signal };
  if (how === 'timed-out') return { outcome: 'timed-out', ...exit, ...common };
  return { outcome: signal === undefined ? 'exited' : 'signaled', ...exit, ...common };
}

/** Below zero: at least so many. */
function rest(word: string | undefined): number {
  return Math.abs(Number(word ?? 0));
}

function signalOf(number: number): Signal | undefined {
  for (const [name, value] of Object.entries(constants.signals)) if (value === number) return name as Signal;
  return undefined;
}
