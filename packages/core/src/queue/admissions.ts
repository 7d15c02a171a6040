import { gateFault } from '../gate-fault.ts';
import { orAborted } from '../or-aborted.ts';
import type { Quota } from '../quota.ts';
import type { TurnRequest } from '../turn.ts';
import { Expiries, type Expiring } from './expiries.ts';
import { Granted } from './granted.ts';
import { timedOut } from './turn-faults.ts';
import type { Turns } from './turns.ts';

/** One that a quota has not admitted yet. */
interface Asking extends Expiring {
  readonly reject: (reason: unknown) => void;
}

/** Turns for those alone that a quota admits. To wait for that is to wait in the queue, as far as `queueTimeoutMs` goes. */
export class Admissions {
  readonly #quota: Quota;
  readonly #turns: Turns;
  readonly #expiries = new Expiries<Asking>(({ reject, deadline, since }) => reject(timedOut(Math.round(deadline - since))));

  constructor(quota: Quota, turns: Turns) {
    this.#quota = quota;
    this.#turns = turns;
  }

  /** As `Turns.ask`; who is not admitted does not wait. It was expected there. */
  async ask(request: TurnRequest): Promise<void> {
    const since = performance.now();
    const granted = this.#admit(request);
    // A lease that comes too late for its command is given back all the same.
    granted.then(
      (lease) => request.released.then((usage) => lease.settle(usage)),
      () => {},
    );
    const lease = await orAborted(this.#orTimedOut(granted, request, since), request.signal);
    await this.#turns.ask(request, { lease, since, isExpected: true });
  }

  async #admit({ executionId, target, labels, tenant }: TurnRequest): Promise<Granted> {
    try {
      return new Granted(await this.#quota.admit({ executionId, target, labels, ...(tenant !== undefined && { tenant }) }));
    } catch (fault) {
      throw gateFault('quota', fault);
    }
  }

  #orTimedOut(granted: Promise<Granted>, { queueTimeoutMs = this.#turns.queueTimeoutMs }: TurnRequest, since: number): Promise<Granted> {
    return new Promise((resolve, reject) => {
      const asking: Asking = { place: -1, since, deadline: since + queueTimeoutMs, reject };
      this.#expiries.add(asking);
      granted.finally(() => this.#expiries.remove(asking)).then(resolve, reject);
    });
  }
}
