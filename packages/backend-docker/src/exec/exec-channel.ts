import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import type { ProcessExit } from '@errand/core';
import type { ExecChannel } from '@errand/core/container';
import type { ExecState } from '../daemon-answers.ts';
import { DaemonRefusal } from '../daemon-refusal.ts';
import type { HijackedStreams } from '../streams/hijacked-streams.ts';

/** A process may be over while others hold its streams: so it is asked for, ever more seldom as it goes on. */
const FIRST_LOOK_MS = 200;
const LONGEST_LOOK_MS = 1_000;
/** A shell whose streams are held back: what it says of its end would not be heard. */
const HELD_LOOK_MS = 500;
/** Within which a daemon answers that has nothing else to do. */
const BUSY_MS = 400;
/** For an answer of a daemon whose socket takes the question. */
const ANSWER_MS = 10_000;
/** Until a question is repeated that brought no answer. */
const AGAIN_MS = 100;
/**
 * When nothing has come for so long after an exit, nothing comes. A daemon ends the streams by itself when nobody holds them any more, and two
 * seconds after the exit in any case: what is later is a daemon that is busy.
 */
const QUIET_MS = 5_000;
/** For one who waits to be told whether it ended. */
const LOOK_MS = 1_000;
const TURNS = 3;

/** What runs in a container, or is all of one. */
export interface WatchedChannel extends ExecChannel {
  /** Its end is looked for from now on. */
  watch(): void;
}

/** What an exec channel is made of. */
export interface ExecParts {
  readonly streams: HijackedStreams;
  /** Asks the daemon how it does. */
  readonly inspect: (signal: AbortSignal) => Promise<ExecState>;
  /** Settles soon after the end, where a daemon tells of that. */
  readonly told?: Promise<unknown>;
  /** Whether its end is looked for while its streams are open; those of a shell are nobody else's, and end with it where they are read. */
  readonly isWatched: boolean;
  /** What an exit code means. */
  readonly judge: (exitCode: number) => Promise<ProcessExit>;
}

export function toExecChannel(parts: ExecParts): WatchedChannel {
  const { stdin, stdout, stderr } = parts.streams;
  const watch = new ExecWatch(parts);
  const exit = watch.exit().finally(() => parts.streams.release());
  const delivered = exit.then(
    () => watch.delivered(),
    () => {},
  );
  return {
    stdin,
    stdout,
    stderr,
    exit,
    delivered,
    look: () => watch.look(exit),
    watch: () => watch.begin(),
    release: () => parts.streams.release(),
    destroy: () => parts.streams.destroy(),
  };
}

/** How one process ended, of which no daemon tells by itself. */
class ExecWatch {
  readonly #parts: ExecParts;
  #isWatched: boolean;
  #begin = performance.now();
  #wake: (() => void) | undefined;

  constructor(parts: ExecParts) {
    this.#parts = parts;
    this.#isWatched = parts.isWatched;
    const wake = (): void => this.#wake?.();
    parts.told?.then(wake, wake);
  }

  begin(): void {
    this.#isWatched = true;
    this.#begin = performance.now();
    this.#wake?.();
  }

  async exit(): Promise<ProcessExit> {
    const { streams, judge } = this.#parts;
    let hasEnded = false;
    const ended = streams.ended.then(() => {
      hasEnded = true;
    });
    for (;;) {
      const begin = this.#begin;
      const pause = streams.isHeld || !(this.#isWatched || hasEnded) ? HELD_LOOK_MS : pauseSince(begin);
      const soon = delay(pause, undefined, { ref: false });
      await Promise.race(hasEnded ? [soon, this.#woken()] : [ended, soon, this.#woken()]);
      if (begin !== this.#begin && !hasEnded) continue;
      if (!this.#isWatched && !hasEnded && !streams.isHeld) continue;
      const exit = await this.#ask();
      if (exit) return exit.exitCode === undefined ? exit : judge(exit.exitCode);
    }
  }

  /** After the exit: resolves at the end of the streams. Where that never comes, while the daemon answers and sends nothing. */
  async delivered(): Promise<void> {
    const { streams, inspect } = this.#parts;
    const over = new AbortController();
    streams.ended.catch(() => {}).finally(() => over.abort());
    const isOver = (): boolean => over.signal.aborted;
    while (!isOver()) {
      const before = streams.stillSince;
      await delay(QUIET_MS, undefined, { ref: false, signal: over.signal }).catch(() => {});
      if (isOver() || streams.isHeld || streams.stillSince !== before) continue;
      await inspect(AbortSignal.timeout(ANSWER_MS)).catch(() => {});
      if (streams.stillSince === before) return;
    }
  }

  /** Resolves once a question that was asked by now has been answered, and settled `exit` where it has ended. */
  async look(exit: Promise<ProcessExit>): Promise<void> {
    const over = (): void => {};
    const isOver = this.#ask().then((found) => found !== undefined, over);
    const late = delay(LOOK_MS, undefined, { ref: false });
    if (!(await Promise.race([isOver, late]))) return;
    this.#wake?.();
    await Promise.race([exit.then(over, over), late]);
    // Whoever is told of the exit asks for turns of its own, by which its cause may come.
    for (let turn = 0; turn < TURNS; turn += 1) await immediate();
  }

  /** A daemon that has seen a process end answers no question about it for the two seconds in which it waits for us to take the rest. */
  async #releaseUnless(answer: Promise<unknown>): Promise<void> {
    const answered = answer.then(
      () => true,
      () => true,
    );
    if (await Promise.race([answered, delay(BUSY_MS, false, { ref: false })])) return;
    this.#parts.streams.release();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** How it ended; undefined while it runs. A question without an answer is asked once more. */
  async #ask(): Promise<ProcessExit | undefined> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      return await this.#askOnce(signal).catch(async (fault) => {
        if (isNotThere(fault) || signal.aborted) throw fault;
        await delay(AGAIN_MS, undefined, { ref: false });
        return this.#askOnce(signal);
      });
    } catch (fault) {
      // Its container took it along.
      if (isNotThere(fault)) return { cause: 'removed' };
      throw signal.aborted ? new Error('the daemon takes questions and answers none') : fault;
    }
  }

  async #askOnce(signal: AbortSignal): Promise<ProcessExit | undefined> {
    const { inspect, streams } = this.#parts;
    const answer = inspect(signal);
    if (streams.isHeld) void this.#releaseUnless(answer);
    const { isRunning, exitCode } = await answer;
    return isRunning ? undefined : { ...(exitCode !== undefined && { exitCode }) };
  }
}

function isNotThere(fault: unknown): boolean {
  return fault instanceof DaemonRefusal && fault.status === 404;
}

/** What closed its streams itself may go on for long. */
function pauseSince(begin: number): number {
  return Math.min(LONGEST_LOOK_MS, Math.max(FIRST_LOOK_MS, (performance.now() - begin) / 4));
}
