import type { ForcedEnd } from './ending.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** A running command's two clocks: `timeoutMs` in all, `idleTimeoutMs` since the last byte of output. */
export class Deadlines {
  readonly #timeout: NodeJS.Timeout | undefined;
  readonly #idle: NodeJS.Timeout | undefined;

  constructor({ timeoutMs, idleTimeoutMs }: ResolvedOptions, end: (end: ForcedEnd) => void) {
    if (timeoutMs !== undefined) {
      this.#timeout = setTimeout(() => end({ outcome: 'timed-out', reason: `timeoutMs of ${timeoutMs} passed` }), timeoutMs);
    }
    if (idleTimeoutMs !== undefined) {
      const reason = `idleTimeoutMs of ${idleTimeoutMs} passed without output`;
      this.#idle = setTimeout(() => end({ outcome: 'idle-timed-out', reason }), idleTimeoutMs);
    }
  }

  /** There was output. */
  heard(): void {
    this.#idle?.refresh();
  }

  clear(): void {
    clearTimeout(this.#timeout);
    clearTimeout(this.#idle);
  }
}
