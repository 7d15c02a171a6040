import type { Usage } from '@errand/core';
import { Charge } from './charge.ts';
import { exceeded, type Reached } from './exceeded.ts';
import { type TenantLimits, WINDOW_LIMITS, windowMsOf } from './limits.ts';
import type { QuotaStore } from './store/quota-store.ts';
import { within } from './store/within.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Whose command it is. */
export interface Counted {
  /** Begins its keys. */
  readonly name: string;
  readonly subject: string;
  /** For messages. */
  readonly who: string;
  readonly limits: TenantLimits;
}

/** The limits that are counted in a store: rates when a command is admitted, windows when it is over. */
export class CountedLimits {
  readonly #store: QuotaStore;
  readonly #timeoutMs: number;

  constructor(store: QuotaStore, timeoutMs: number) {
    this.#store = store;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Counts a command.
   *
   * @throws ExecError `EXEC_QUOTA` where a limit is reached, and whatever the store throws. Then nothing stays counted.
   */
  async charge(counted: Counted): Promise<Charge> {
    const charge = new Charge(this.#store, this.#timeoutMs);
    try {
      const reached = await Promise.all([this.#minute(charge, counted), this.#hour(charge, counted), ...this.#windows(counted)]);
      const last = reached.filter((one) => one !== undefined).sort((a, b) => wait(b) - wait(a))[0];
      if (last) throw exceeded(counted.who, last);
      return charge;
    } catch (fault) {
      charge.giveBack();
      throw fault;
    }
  }

  /** Counts what a command used. */
  async spend({ limits, ...whose }: Counted, usage: Usage): Promise<void> {
    const windowMs = windowMsOf(limits);
    const used = WINDOW_LIMITS.filter((limit) => limits[limit] !== undefined && (usage[limit] ?? 0) > 0);
    await Promise.all(used.map((limit) => this.#store.add(keyOf(whose, limit, windowMs), Math.ceil(usage[limit] ?? 0), windowMs)));
  }

  async #minute(charge: Charge, { limits, ...whose }: Counted): Promise<Reached | undefined> {
    const { commandsPerMinute: value, burst = 0 } = limits;
    if (value === undefined) return undefined;
    const limit = 'commandsPerMinute';
    if (value + burst === 0) return { limit, value };
    const { points, leftMs } = await charge.add(keyOf(whose, 'minute', MINUTE_MS), MINUTE_MS);
    if (points <= value) return undefined;
    const retryAfterMs = leftMs;
    if (burst === 0) return { limit, value, retryAfterMs };
    const beyond = await charge.add(keyOf(whose, 'burst', HOUR_MS), HOUR_MS);
    if (beyond.points <= burst) return undefined;
    return { limit, value, retryAfterMs: value === 0 ? beyond.leftMs : retryAfterMs };
  }

  async #hour(charge: Charge, { limits, ...whose }: Counted): Promise<Reached | undefined> {
    const { commandsPerHour: value } = limits;
    if (value === undefined) return undefined;
    const limit = 'commandsPerHour';
    if (value === 0) return { limit, value };
    const { points, leftMs } = await charge.add(keyOf(whose, 'hour', HOUR_MS), HOUR_MS);
    return points > value ? { limit, value, retryAfterMs: leftMs } : undefined;
  }

  #windows({ limits, ...whose }: Counted): Promise<Reached | undefined>[] {
    return WINDOW_LIMITS.map(async (limit) => {
      const value = limits[limit];
      if (value === undefined) return undefined;
      if (value === 0) return { limit, value };
      const { points, leftMs } = await within(this.#store.read(keyOf(whose, limit, windowMsOf(limits))), this.#timeoutMs);
      return points >= value ? { limit, value, retryAfterMs: leftMs } : undefined;
    });
  }
}

/** Where waiting does not help, nothing else does. */
function wait({ retryAfterMs = Number.POSITIVE_INFINITY }: Reached): number {
  return retryAfterMs;
}

/** Another window is another count. The name of a subject may hold anything, so it comes last. */
function keyOf({ name, subject }: Pick<Counted, 'name' | 'subject'>, what: string, windowMs: number): string {
  return `${name}:${what}:${Math.ceil(windowMs / 1_000)}:${subject}`;
}
