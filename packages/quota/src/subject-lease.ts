import type { Gate, Lease, Usage } from '@errand/core';
import { exceeded } from './exceeded.ts';
import type { TenantLimits } from './limits.ts';
import type { Subject } from './subject.ts';

/** When to try again where only others' ends can tell. */
const SOON_MS = 1_000;

export interface SubjectLeaseParts {
  readonly subject: Subject;
  /** For messages. */
  readonly who: string;
  /** Those that hold now. */
  readonly limits: () => TenantLimits;
  /** Called once, at the end. */
  readonly onSettled: (usage: Usage | undefined) => void;
}

/** One command's share: it waits or runs, until it is settled. */
export class SubjectLease implements Lease {
  readonly gates: readonly Gate[];
  readonly #parts: SubjectLeaseParts;
  #state: 'admitted' | 'queued' | 'running' | 'settled' = 'admitted';

  constructor(parts: SubjectLeaseParts) {
    this.gates = [parts.subject];
    this.#parts = parts;
  }

  wait(): void {
    const { subject, who, limits } = this.#parts;
    const { maxQueued } = limits();
    if (maxQueued !== undefined && subject.queued >= maxQueued)
      throw exceeded(who, { limit: 'maxQueued', value: maxQueued, retryAfterMs: SOON_MS });
    this.#to('queued');
  }

  run(): void {
    this.#to('running');
  }

  settle(usage?: Usage): void {
    if (this.#state === 'settled') return;
    const { subject, onSettled } = this.#parts;
    const ran = this.#state === 'running';
    this.#to('settled');
    onSettled(usage);
    if (ran) subject.changed();
  }

  #to(state: 'queued' | 'running' | 'settled'): void {
    const { subject } = this.#parts;
    if (this.#state === 'queued' || this.#state === 'running') subject[this.#state] -= 1;
    if (state !== 'settled') subject[state] += 1;
    this.#state = state;
  }
}
