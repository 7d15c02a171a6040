import { ExecError, type Execution } from '@errand/core';
import type { Target } from '../targets.ts';
import type { FoundJob } from './found-job.ts';
import type { JobFinder } from './job-finder.ts';
import type { JobLog } from './job-log.ts';
import { endWithout, type JobRecord } from './job-record.ts';
import type { JobSpace } from './job-space.ts';
import type { Offered } from './offered.ts';
import type { Owner } from './owner.ts';
import { maxBytesOf, quotaFault, recordOf, type Submission } from './submission.ts';
import { until } from './until.ts';
import { whenRunning } from './when-running.ts';

const NOTHING = { stdoutBytes: 0, stderrBytes: 0, keptBytes: 0 };

interface Started {
  readonly record: JobRecord;
  /** Under its idempotency key it was started before. */
  readonly isKnown: boolean;
  /** Rejects when it certainly did not start. */
  readonly running: Promise<void>;
}

/** Starts jobs that go on without this process. */
export class BackgroundStarts {
  readonly #space: JobSpace;
  readonly #finder: JobFinder;
  readonly #offered: Offered;
  readonly #log: JobLog;
  readonly #pending = new Map<Execution, Promise<unknown>>();
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(space: JobSpace, finder: JobFinder, offered: Offered, log: JobLog) {
    this.#log = log;
    this.#space = space;
    this.#finder = finder;
    this.#offered = offered;
  }

  /**
   * Gives the job once it certainly runs, or `patience` ended. Until then `signal` takes it back.
   *
   * @throws ExecError when it certainly did not start, `EXEC_QUOTA` where too many of this owner's run
   */
  async start(submission: Submission, signal: AbortSignal, patience: AbortSignal): Promise<FoundJob> {
    const { owner } = submission;
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      // One after another, so that many at once are not each one fewer than too many.
      const submitted = this.#turn.then(() => this.#submit(submission, stop));
      this.#turn = submitted.catch(() => {});
      const { record, isKnown, running } = await submitted;
      let refusal: { readonly fault: unknown } | undefined;
      running.catch((fault: unknown) => {
        refusal = { fault };
      });
      await until(running, patience);
      if (refusal && !isKnown) await this.#space.store.remove(owner, record.id);
      if (refusal) throw refusal.fault;
      return this.#finder.detached(owner, record);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Takes back what waits for its turn, which would come with nobody here to know; resolves when all others run on their own. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn;
    const waiting = [...this.#pending.keys()].filter(({ state }) => state === 'queued');
    await Promise.allSettled(waiting.map((execution) => execution.kill()));
  }

  /** What `close()` leaves: resolves when nothing is being started. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending.values());
  }

  async #submit(submission: Submission, stop: AbortController): Promise<Started> {
    const { owner, target, command } = submission;
    const { store, starting, live } = this.#space;
    const excess = await this.#beyondQuota(owner, target);
    // Under a key it may be one that runs, and then nothing is started.
    if (excess && submission.options.idempotencyKey === undefined) throw excess.fault;
    if (this.#isClosed) throw new ExecError('EXEC_CLOSED', 'This server is closing and starts no more commands.');
    const { jobTtlMs: keepMs } = this.#offered.options;
    const options = { ...submission.options, detached: true, keepMs, maxSpoolBytes: maxBytesOf(target, this.#offered.options) };
    const execution = target.executor.spawn(command, { ...options, signal: stop.signal });
    if (excess && !excess.running.includes(execution.id)) {
      // What is taken back in the same turn was sent nowhere.
      stop.abort(excess.fault);
      throw excess.fault;
    }
    // In this turn: it may end while its record is read.
    const isOfForeground = live.has(execution.id);
    const isOver = execution.state === 'ended';
    const known = await store.load(owner, execution.id);
    if (known ? !known.background : isOfForeground || (isOver && (await isUnknownThere(execution, target)))) {
      stop.abort();
      throw startedInForeground();
    }
    starting.set(execution.id, execution);
    const record = known ?? recordOf({ ...submission, options }, execution.id, keepMs);
    try {
      if (!known) await store.save(owner, record);
    } catch (cause) {
      stop.abort();
      starting.delete(execution.id);
      throw new ExecError('EXEC_UNAVAILABLE', 'The job could not be written down, and would not be found again: it was ended.', { cause });
    }
    if (!known) this.#log.started(owner, record);
    const running = this.#letGoWhenRunning(owner, record, execution, known !== undefined);
    this.#pending.set(execution, running);
    running.catch(() => {}).finally(() => this.#pending.delete(execution));
    return { record, isKnown: known !== undefined, running };
  }

  async #letGoWhenRunning(owner: Owner, record: JobRecord, execution: Execution, isKnown: boolean): Promise<void> {
    const { store, starting } = this.#space;
    try {
      await whenRunning(execution);
      await store.save(owner, { ...record, isSubmitted: true }).catch(() => {});
    } catch (fault) {
      if (!isKnown) this.#log.refused(owner, record, fault);
      if (!isKnown) await store.save(owner, { ...record, end: endWithout(NOTHING, { fault }) }).catch(() => {});
      throw fault;
    } finally {
      starting.delete(record.id);
      await execution[Symbol.asyncDispose]();
    }
  }

  /** Why one more would be too many, and the jobs that run. */
  async #beyondQuota(
    owner: Owner,
    target: Target,
  ): Promise<{ readonly fault: ExecError; readonly running: readonly string[] } | undefined> {
    const records = (await this.#space.store.list(owner)).filter(({ background, end }) => background && !end);
    if (!quotaFault(records, target, this.#offered.options)) return undefined;
    // Some may have ended, and only their targets know.
    const states = await Promise.all(
      records.map((record) =>
        this.#finder
          .detached(owner, record)
          .status()
          .then(({ state }) => state)
          .catch(() => 'running'),
      ),
    );
    const running = records.filter((_, i) => states[i] !== 'ended');
    const fault = quotaFault(running, target, this.#offered.options);
    return fault && { fault, running: running.map(({ id }) => id) };
  }
}

/** What ran under a key and is over: whether it was none in the background. What was refused has run nowhere. */
async function isUnknownThere({ id, result }: Execution, { executor }: Target): Promise<boolean> {
  const hasRun = await result.then(
    () => true,
    () => false,
  );
  return hasRun && !(await executor.listDetached()).some((one) => one.id === id);
}

function startedInForeground(): ExecError {
  const message =
    'idempotencyKey: under this key it was started without background: true. Send it as it was sent then, or use a new key, which runs it once more.';
  return new ExecError('EXEC_CONFLICT', message, { detail: { option: 'idempotencyKey' } });
}
