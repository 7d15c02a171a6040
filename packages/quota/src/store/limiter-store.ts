import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import type { Count, QuotaStore } from './quota-store.ts';
import { within } from './within.ts';

/** What is used of a limiter of rate-limiter-flexible. */
export interface Limiter {
  penalty(key: string, points: number, options: { readonly customDuration: number }): Promise<RateLimiterRes>;
  get(key: string): Promise<RateLimiterRes | null>;
}

/** A limiter that is open, and what closes it. */
export interface OpenLimiter {
  readonly limiter: Limiter;
  /** Why something failed, where the client tells that apart from what failed. */
  why?(fault: unknown): unknown;
  close?(): Promise<void>;
}

/** The longest that a timer of Node takes, in whole seconds. */
const MAX_SECONDS = 2_147_483;

/** What a limiter is given as its limit: limits change, so it only counts, each time in a window that it is told. */
export const UNLIMITED: { readonly points: number; readonly duration: number } = { points: Number.MAX_SAFE_INTEGER, duration: 1 };

/** Counts by a limiter of rate-limiter-flexible, which is opened when it is first needed, and again after that failed. */
export class LimiterStore implements QuotaStore {
  readonly name: string;
  readonly #opens: () => Promise<OpenLimiter>;
  readonly #timeoutMs: number;
  readonly #onAdded: () => void;
  readonly #adding = new Set<Promise<Count>>();
  #opened: Promise<OpenLimiter> | undefined;

  /** `onAdded` hears of each that was added in time. One that cannot write may still be read. */
  constructor(name: string, open: () => Promise<OpenLimiter>, timeoutMs: number, onAdded: () => void) {
    this.name = name;
    this.#opens = open;
    this.#timeoutMs = timeoutMs;
    this.#onAdded = onAdded;
  }

  async add(key: string, points: number, windowMs: number): Promise<Count> {
    const customDuration = Math.min(Math.ceil(windowMs / 1_000), MAX_SECONDS);
    const adding = this.#ask((limiter) => limiter.penalty(key, points, { customDuration }));
    this.#adding.add(adding);
    const before = performance.now();
    try {
      const count = await adding;
      if (performance.now() - before < this.#timeoutMs) this.#onAdded();
      return count;
    } finally {
      this.#adding.delete(adding);
    }
  }

  async read(key: string): Promise<Count> {
    return this.#ask((limiter) => limiter.get(key));
  }

  /** What is being added still arrives, and what is given back for it, where the store answers in time. */
  async close(): Promise<void> {
    const until = performance.now() + this.#timeoutMs;
    for (let leftMs = this.#timeoutMs; this.#adding.size > 0 && leftMs > 0; leftMs = until - performance.now()) {
      await within(Promise.allSettled(this.#adding), leftMs).catch(() => {});
      // Who hears that it was added too late gives it back now.
      await nextTurn();
    }
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.close?.();
  }

  async #ask(question: (limiter: Limiter) => Promise<RateLimiterRes | null>): Promise<Count> {
    const opened = await this.#open();
    try {
      return countOf(await question(opened.limiter));
    } catch (fault) {
      throw opened.why?.(fault) ?? fault;
    }
  }

  async #open(): Promise<OpenLimiter> {
    this.#opened ??= this.#opens();
    const opening = this.#opened;
    try {
      return await opening;
    } catch (fault) {
      if (this.#opened === opening) this.#opened = undefined;
      throw fault;
    }
  }
}

/** PostgreSQL gives its large numbers as text. */
function countOf(found: RateLimiterRes | null): Count {
  if (!found || found.msBeforeNext <= 0) return { points: 0, leftMs: 0 };
  return { points: Number(found.consumedPoints), leftMs: found.msBeforeNext };
}
