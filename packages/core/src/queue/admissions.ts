import { gateFault } from '../gate-fault.ts';
import { orAborted } from '../or-aborted.ts';
import type { Quota } from '../quota.ts';
import type { TurnRequest } from '../turn.ts';
import { Granted } from './granted.ts';
import type { Turns } from './turns.ts';

/** Turns for those alone that a quota admits. */
export class Admissions {
  readonly #quota: Quota;
  readonly #turns: Turns;

  constructor(quota: Quota, turns: Turns) {
    this.#quota = quota;
    this.#turns = turns;
  }

  /** As `Turns.ask`; who is not admitted does not wait. */
  async ask(request: TurnRequest): Promise<void> {
    const done = this.#turns.expect();
    try {
      const granted = this.#admit(request);
      // A lease that comes too late for its command is given back all the same.
      granted.then(
        (lease) => request.released.then((usage) => lease.settle(usage)),
        () => {},
      );
      const lease = await orAborted(granted, request.signal);
      await this.#turns.ask(request, lease);
    } finally {
      done();
    }
  }

  async #admit({ executionId, target, labels, tenant }: TurnRequest): Promise<Granted> {
    try {
      return new Granted(await this.#quota.admit({ executionId, target, labels, ...(tenant !== undefined && { tenant }) }));
    } catch (fault) {
      throw gateFault('quota', fault);
    }
  }
}
