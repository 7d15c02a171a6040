import { gateFault } from '../gate-fault.ts';
import type { Gate, Lease, Usage } from '../quota.ts';

/** A lease, whose faults are the quota's own: they hold up nobody, and cost no command its result. */
export class Granted {
  readonly gates: readonly Gate[];
  readonly #lease: Lease;
  #isSettled = false;

  /** @throws ExecError `EXEC_UNAVAILABLE` where it is none */
  constructor(lease: Lease) {
    if (typeof Object(lease).settle !== 'function') throw gateFault('quota', new Error('it granted no lease'));
    if (lease.gates !== undefined && !Array.isArray(lease.gates)) throw gateFault('quota', new Error('its lease has no array of gates'));
    this.gates = lease.gates ?? [];
    this.#lease = lease;
  }

  /** @throws ExecError `EXEC_QUOTA`, `EXEC_UNAVAILABLE` */
  wait(): void {
    try {
      this.#lease.wait?.();
    } catch (fault) {
      throw gateFault('quota', fault);
    }
  }

  /** @throws ExecError `EXEC_UNAVAILABLE` */
  run(): void {
    try {
      this.#lease.run?.();
    } catch (fault) {
      throw gateFault('quota', fault);
    }
  }

  settle(usage: Usage | undefined): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    try {
      this.#lease.settle(usage);
    } catch {
      // Nobody is there to hear it: the command is over.
    }
  }
}
