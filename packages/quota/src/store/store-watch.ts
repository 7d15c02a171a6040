import type { Logger } from '@errand/core';
import { safeLog } from '../safe-log.ts';
import { whyOf } from './why-of.ts';

/** Tells a logger of faults of the store that no caller hears of: once, until it answers again. */
export class StoreWatch {
  readonly #logger: Logger | undefined;
  readonly #consequence: string;
  #isFailing = false;

  constructor(logger: Logger | undefined, failOpen: boolean) {
    this.#logger = logger;
    this.#consequence = failOpen
      ? 'commands are admitted without being counted, and what they used is lost, until it answers'
      : 'what commands used is lost until it answers';
  }

  failed(store: string, cause: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const reason = whyOf(cause);
    safeLog(this.#logger, 'warn', { store, reason }, `quota: the ${store} failed, so ${this.#consequence}: ${reason}.`);
  }

  answered(store: string): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    safeLog(this.#logger, 'info', { store }, `quota: the ${store} answers again, and commands are counted.`);
  }
}
