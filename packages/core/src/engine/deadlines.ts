import type { ForcedEnd } from './ending.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** A timer that is later than this was kept waiting. */
const BLOCKED_MS = 20;

/** What deadlines need of a running command. */
export interface DeadlineEvents {
  readonly end: (end: ForcedEnd) => void;
  /** Whether a reader holds the command back: then its silence is not its own. */
  readonly isHeld: () => boolean;
  /** See `DriverProcess.look`. */
  readonly look: (() => Promise<void>) | undefined;
}

/** A running command's two clocks: `timeoutMs` in all, `idleTimeoutMs` since the last byte of output. */
export class Deadlines {
  readonly #end: (end: ForcedEnd) => void;
  readonly #isHeld: () => boolean;
  readonly #look: () => Promise<void>;
  readonly #timeout: NodeJS.Timeout | undefined;
  readonly #idle: NodeJS.Timeout | undefined;
  #heardAt = performance.now();
  #cleared = false;

  constructor({ timeoutMs, idleTimeoutMs }: ResolvedOptions, { end, isHeld, look = async () => {} }: DeadlineEvents) {
    this.#end = end;
    this.#isHeld = isHeld;
    this.#look = look;
    const begin = this.#heardAt;
    if (timeoutMs !== undefined)
      this.#timeout = setTimeout(() => this.#afterNews(begin + timeoutMs, () => this.#timedOut(timeoutMs)), timeoutMs);
    if (idleTimeoutMs !== undefined)
      this.#idle = setTimeout(() => this.#afterNews(this.#heardAt + idleTimeoutMs, () => this.#silent(idleTimeoutMs)), idleTimeoutMs);
  }

  /** There was output, or a reader lets the command go on. */
  heard(): void {
    if (!this.#idle) return;
    this.#heardAt = performance.now();
    this.#idle.refresh();
  }

  clear(): void {
    this.#cleared = true;
    clearTimeout(this.#timeout);
    clearTimeout(this.#idle);
  }

  /** After the event loop was blocked, timers fire before the exit or the output that came meanwhile is told. */
  #afterNews(dueAt: number, act: () => void): void {
    const wasBlocked = performance.now() - dueAt > BLOCKED_MS;
    setImmediate(async () => {
      if (!this.#cleared && wasBlocked) await this.#look();
      if (!this.#cleared) act();
    });
  }

  #timedOut(timeoutMs: number): void {
    this.#end({ outcome: 'timed-out', reason: `timeoutMs of ${timeoutMs} passed` });
  }

  #silent(idleTimeoutMs: number): void {
    const heardAgo = performance.now() - this.#heardAt;
    // A timer may fire a millisecond early.
    if (heardAgo < idleTimeoutMs - 1) return;
    if (this.#isHeld()) this.heard();
    else this.#end({ outcome: 'idle-timed-out', reason: `idleTimeoutMs of ${idleTimeoutMs} passed without output` });
  }
}
