import { type ExecResult, isExecError, type Logger } from '@errand/core';
import type { JobRecord } from './job-record.ts';
import type { Owner } from './owner.ts';

/** What is told of a command. */
export interface JobEvent {
  readonly message: string;
  readonly target: string;
  readonly [field: string]: unknown;
}

/** Tells a logger of commands. What they are, and what they write, may be secret, and is not told. */
export class JobLog {
  /** Is told the same, for whose command it is. */
  listener: ((owner: Owner, told: JobEvent) => void) | undefined;
  readonly #logger: Logger | undefined;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  started(owner: Owner, { id, target, background, session, timeoutMs }: JobRecord): void {
    const { caller, tenant } = owner;
    this.#info(
      owner,
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

  ended(owner: Owner, { executionId, target, outcome, exitCode, signal, timings }: ExecResult): void {
    this.#info(
      owner,
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
  refused(owner: Owner, { id, target }: JobRecord, fault: unknown): void {
    this.#info(owner, { execution: id, target, code: isExecError(fault) ? fault.code : 'unknown' }, 'A command did not start');
  }

  #info(owner: Owner, fields: { readonly target: string; readonly [field: string]: unknown }, message: string): void {
    this.#logger?.info(fields, message);
    this.listener?.(owner, { message, ...fields });
  }
}
