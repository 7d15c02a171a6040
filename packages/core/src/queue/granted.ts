import { ExecError, isExecError } from '../errors.ts';
import type { Gate, Lease, Usage } from '../quota.ts';

/** A lease, whose faults are the quota's own: they hold up nobody, and cost no command its result. */
export class Granted {
  readonly gates: readonly Gate[];
  readonly #lease: Lease;
  #isSettled = false;

  /** @throws ExecError `EXEC_UNAVAILABLE` where it is none */
  constructor(lease: Lease) {
    if (typeof Object(lease).settle !== 'function') throw quotaFault(new Error('it granted no lease'));
    this.gates = lease.gates ?? [];
    this.#lease = lease;
  }

  /** @throws ExecError `EXEC_QUOTA`, `EXEC_UNAVAILABLE` */
  wait(): void {
    try {
      this.#lease.wait?.();
    } catch (fault) {
      throw quotaFault(fault);
    }
  }

  /** @throws ExecError `EXEC_UNAVAILABLE` */
  run(): void {
    try {
      this.#lease.run?.();
    } catch (fault) {
      throw quotaFault(fault);
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

/** What its callers are told where a quota did not decide. */
export function quotaFault(cause: unknown): ExecError {
  if (isExecError(cause)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ExecError('EXEC_UNAVAILABLE', `quota: it failed, so nothing was started: ${why}.`, { cause });
}
