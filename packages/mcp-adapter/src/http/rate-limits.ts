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

  /** Counts a request, and gives the seconds to wait where it is one too many. */
  async request({ name }: Caller): Promise<number | undefined> {
    return this.#requests && (await secondsToWait(this.#requests, `caller ${name ?? ''}`));
  }

  /** The same for one whose token was refused. Good tokens from there are let in: behind a proxy all have one address. */
  async refusal(address: string): Promise<number | undefined> {
    return await secondsToWait(this.#refusals, address);
  }
}

async function secondsToWait(limiter: RateLimiterMemory, key: string): Promise<number | undefined> {
  try {
    await limiter.consume(key);
    return undefined;
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    return Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
  }
}
