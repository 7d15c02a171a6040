import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Caller } from './principal.ts';

/** Refused tokens of one address in a minute, after which they are answered 429: so many no client sends by mistake. */
const REFUSALS_PER_MINUTE = 100;

/** Counts requests in windows of a minute. */
export class RateLimits {
  readonly #refusals = new RateLimiterMemory({ points: REFUSALS_PER_MINUTE, duration: 60 });
  readonly #requests: RateLimiterMemory | undefined;

  constructor(requestsPerMinute: number | undefined) {
    this.#requests = requestsPerMinute === undefined ? undefined : new RateLimiterMemory({ points: requestsPerMinute, duration: 60 });
  }

  /** Counts a request, or several, and gives the seconds to wait where it is one too many. */
  async request({ name }: Caller, count = 1): Promise<number | undefined> {
    return this.#requests && (await secondsToWait(this.#requests, `caller ${name ?? ''}`, count));
  }

  /** Counts those of a batch, whose first was counted as it came. */
  async batch(caller: Caller, body: unknown): Promise<number | undefined> {
    return Array.isArray(body) && body.length > 1 ? await this.request(caller, body.length - 1) : undefined;
  }

  /** The same for one whose token was refused. Good tokens from there are let in: behind a proxy all have one address. */
  async refusal(address: string): Promise<number | undefined> {
    return await secondsToWait(this.#refusals, address);
  }
}

async function secondsToWait(limiter: RateLimiterMemory, key: string, count = 1): Promise<number | undefined> {
  try {
    await limiter.consume(key, count);
    return undefined;
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    return Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
  }
}
