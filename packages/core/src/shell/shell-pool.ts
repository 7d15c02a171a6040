import { setTimeout as delay } from 'node:timers/promises';
import { createPool, type Pool } from 'generic-pool';
import type { ShellPoolOptions } from '../options.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import type { ShellCounts } from './shell-counts.ts';
import { ShellLine } from './shell-line.ts';
import type { WarmShell } from './warm-shell.ts';

/** A shell whose end nobody can see is not waited for any longer. */
const CLOSE_MS = 5_000;
/** How often idle shells are looked at, at most. */
const LOOK_MS = 30_000;

/** Warm shells, kept by generic-pool. */
export class ShellPool {
  readonly #pool: Pool<WarmShell>;
  readonly #max: number;
  #hits = 0;
  #misses = 0;
  #discards = 0;
  readonly #shells = new Set<WarmShell>();
  readonly #line: ShellLine<WarmShell>;
  #closed = false;

  constructor(open: () => WarmShell, { max = 8, idleMs = 60_000, warm = 0 }: ShellPoolOptions, startMs?: () => number) {
    this.#line = new ShellLine(startMs);
    this.#max = max;
    this.#pool = createPool(
      {
        // A shell that cannot be opened says so to whoever wants to use it: generic-pool would try for ever.
        create: async () => this.#open(open),
        destroy: async (shell) => {
          // Otherwise nobody used it for long.
          if (!shell.isIdle) this.#discards += 1;
          shell.discard();
        },
        validate: async (shell) => shell.isIdle,
      },
      {
        max,
        min: Math.min(warm, max),
        testOnBorrow: true,
        idleTimeoutMillis: idleMs,
        evictionRunIntervalMillis: Math.min(idleMs, LOOK_MS),
        autostart: warm > 0,
      },
    );
  }

  /** A shell that nobody uses, after a moment where all are busy; undefined where none comes back in time, or `signal` aborts. */
  async take(signal: AbortSignal): Promise<WarmShell | undefined> {
    const shell = await this.#free(signal);
    if (!shell) {
      this.#misses += 1;
      return undefined;
    }
    shell.onChange = () => this.#give(shell);
    return shell;
  }

  /** A shell that was taken got a command. */
  hit(): void {
    this.#hits += 1;
  }

  get counts(): ShellCounts {
    return {
      hits: this.#hits,
      misses: this.#misses,
      discards: this.#discards,
      idle: [...this.#shells].filter((shell) => shell.isIdle).length,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#line.end();
    const shells = [...this.#shells];
    for (const shell of shells) shell.discard();
    await this.#pool.drain();
    await this.#pool.clear();
    const gone = Promise.all(shells.map((shell) => shell.closed));
    await keepingNodeAlive(Promise.race([gone, delay(CLOSE_MS, undefined, { ref: false })]));
  }

  async #free(signal: AbortSignal): Promise<WarmShell | undefined> {
    if (this.#closed) return undefined;
    const isBusy = !this.#line.isEmpty || (this.#pool.available === 0 && this.#pool.size >= this.#max);
    return isBusy ? this.#line.wait(signal) : this.#pool.acquire();
  }

  #open(open: () => WarmShell): WarmShell {
    const shell = open();
    this.#shells.add(shell);
    shell.closed.then(() => this.#shells.delete(shell));
    return shell;
  }

  #give(shell: WarmShell): void {
    if (shell.isIdle && this.#line.hand(shell)) return;
    shell.onChange = () => {};
    if (shell.isIdle) void this.#pool.release(shell);
    else void this.#pool.destroy(shell);
  }
}
