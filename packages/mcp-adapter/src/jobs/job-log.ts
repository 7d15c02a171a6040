import { type ExecResult, isExecError, type Logger } from '@errand/core';
import type { JobRecord } from './job-record.ts';
import type { Owner } from './owner.ts';

/** Tells a logger of commands. What they are, and what they write, may be secret, and is not told. */
export class JobLog {
  readonly #logger: Logger | undefined;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  started({ caller, tenant }: Owner, { id, target, background, session, timeoutMs }: JobRecord): void {
    this.#logger?.info(
      {
        execution: id,
        target,
        ...(caller !== undefined && { caller }),
        ...(tenant !== undefined && { tenant }),
        ...(session !== undefined && { session }),
        ...(background && { background }),
        timeoutMs,
      },
      'A command was started',
    );
  }

  ended({ executionId, target, outcome, exitCode, signal, timings }: ExecResult): void {
    this.#logger?.info(
      {
        execution: executionId,
        target,
        outcome,
        ...(exitCode !== undefined && { exitCode }),
        ...(signal !== undefined && { signal }),
        queuedMs: Math.round(timings.queuedMs),
        startMs: Math.round(timings.startMs),
        runMs: Math.round(timings.runMs),
      },
      'A command has ended',
    );
  }

  /** One that certainly did not start. */
  refused({ id, target }: JobRecord, fault: unknown): void {
    this.#logger?.info({ execution: id, target, code: isExecError(fault) ? fault.code : 'unknown' }, 'A command did not start');
  }
}
