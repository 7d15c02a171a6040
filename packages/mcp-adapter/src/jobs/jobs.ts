import { ExecError, type Execution, type Executor, type Logger } from '@errand/core';
import { NamedSessions } from '../sessions/named-sessions.ts';
import type { Target, TargetList } from '../targets.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { BackgroundStarts } from './background-starts.ts';
import { CallsInFlight } from './calls-in-flight.ts';
import type { FoundJob } from './found-job.ts';
import { JobFinder } from './job-finder.ts';
import { JobLog } from './job-log.ts';
import { JobSpace } from './job-space.ts';
import { KeyedRuns, type OverRun } from './keyed-runs.ts';
import { LiveJob } from './live-job.ts';
import { notFound } from './not-found.ts';
import type { Offered } from './offered.ts';
import type { Owner } from './owner.ts';
import { maxBytesOf, quotaFault, recordOf, type Submission } from './submission.ts';
import { until } from './until.ts';

/** The commands and jobs of one registration of the tools. */
export class Jobs {
  /** Where commands keep their state. */
  readonly sessions: NamedSessions;
  readonly calls: CallsInFlight = new CallsInFlight();
  readonly #offered: Offered;
  readonly log: JobLog;
  readonly #space: JobSpace;
  readonly #finder: JobFinder;
  readonly #background: BackgroundStarts;
  readonly #keyed = new KeyedRuns();
  readonly #own = new Map<LiveJob, Executor>();
  readonly #stop = new AbortController();
  #isDraining = false;
  #closing: Promise<void> | undefined;

  /** @throws ExecError `EXEC_INVALID_OPTION` that names the option */
  constructor(targets: TargetList, options: CheckedToolOptions, logger?: Logger) {
    this.#offered = { targets, options };
    this.log = new JobLog(logger);
    this.#space = JobSpace.of(targets.first.executor, options);
    this.sessions = new NamedSessions(this.#space.sessions, this.#offered);
    this.#finder = new JobFinder(this.#offered, this.#space);
    this.#background = new BackgroundStarts(this.#space, this.#finder, this.#offered, this.log);
  }

  /**
   * Starts a command; the same one under the same idempotency key gives the first one's, also when that is over, and when its
   * target was changed since.
   *
   * @throws ExecError `EXEC_CLOSED` after `close()`, `EXEC_QUOTA` where too many of this owner's run
   */
  async start(submission: Submission): Promise<LiveJob | FoundJob | OverRun> {
    const { owner, target } = submission;
    const { live } = this.#space;
    this.#checkOpen();
    const before = this.#keyed.find(submission);
    if (before) return before;
    const excess = this.#quotaFault(owner, target);
    // Under a key it may be one that runs, or is over, and then nothing is started.
    if (excess && submission.options.idempotencyKey === undefined) throw excess;
    const stop = new AbortController();
    const execution = spawn(submission, stop.signal);
    if (excess && !live.has(execution.id) && execution.state !== 'ended') {
      // What is taken back in the same turn was sent nowhere.
      stop.abort(excess);
      throw excess;
    }
    // What is added without a wait is counted by the next call, however close that comes.
    const first =
      live.get(execution.id) ?? (mayHaveEnded(submission, execution) ? await this.#finder.stored(owner, execution.id) : undefined);
    if (!first) return this.#add(submission, execution, stop);
    // Lets go of the second handle alone.
    stop.abort();
    return first;
  }

  /**
   * Asks a target something for a call, which counts as a command of the caller.
   *
   * @throws ExecError as `start`, and what `ask` rejects with
   */
  async ask<T>(owner: Owner, target: Target, ask: () => Promise<T>): Promise<T> {
    const { asking } = this.#space;
    this.#checkOpen();
    const excess = this.#quotaFault(owner, target);
    if (excess) throw excess;
    const own = { owner: owner.id, target: target.executor.name };
    asking.add(own);
    try {
      return await ask();
    } finally {
      asking.delete(own);
    }
  }

  /**
   * Starts a command that goes on without this process, and gives it once it certainly runs, or `patience` ended. Until then `signal`
   * takes it back.
   *
   * @throws ExecError as `start`, and when it certainly did not start
   */
  async startInBackground(submission: Submission, signal: AbortSignal, patience: AbortSignal): Promise<FoundJob> {
    this.#checkOpen();
    return await this.#background.start(submission, signal, patience);
  }

  /**
   * The job of this owner by this id.
   *
   * @throws ExecError `EXEC_NOT_FOUND` where there is none, also where it is another's
   */
  async find(owner: Owner, jobId: string): Promise<FoundJob> {
    const found = await this.#finder.find(owner, jobId);
    if (found) return found;
    throw notFound(jobId);
  }

  /** All jobs of this owner, the newest first. */
  list(owner: Owner): Promise<FoundJob[]> {
    return this.#finder.list(owner);
  }

  /** Aborts when this is closing: whoever waits for a job answers then. */
  get closing(): AbortSignal {
    return this.#stop.signal;
  }

  /** Starts nothing more, and resolves when nothing runs any more that would end with this, or when `patience` ends. */
  async drain(patience: AbortSignal): Promise<void> {
    this.#isDraining = true;
    await until(Promise.allSettled([...this.#own.keys()].map(({ ended }) => ended)), patience);
  }

  /** From now on calls find these. */
  offer({ targets, options }: Offered): void {
    this.#offered.targets = targets;
    this.#offered.options = options;
  }

  /** Resolves when an executor that is offered no more has nothing left to do here. */
  async released(executor: Executor): Promise<void> {
    const sessions = this.sessions.retire(executor, 'its target was changed or removed in the configuration');
    // What began before may still start something.
    await this.calls.answered();
    await Promise.allSettled([...this.#own].filter(([, on]) => on === executor).map(([{ ended }]) => ended));
    await this.#background.settled();
    await sessions;
    await this.sessions.retire(executor, 'its target was changed or removed in the configuration');
  }

  /** Ends what is not in the background, and resolves when it has ended and is recorded. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const reason = new ExecError('EXEC_CLOSED', 'The MCP server was closed.');
    // In this order: what ends gives way to those that wait for their turn.
    await this.#background.close();
    for (const job of this.#own.keys()) job.end(reason);
    this.#stop.abort(reason);
    await Promise.allSettled([...this.#own.keys()].map(({ ended }) => ended));
    await this.sessions.closeAll();
    await this.#background.settled();
    await this.#space.leave();
  }

  #add(submission: Submission, execution: Execution, stop: AbortController): LiveJob {
    const { owner, target, options, firstInput, session } = submission;
    const { live, store, retention } = this.#space;
    const job = new LiveJob({
      owner,
      record: recordOf(submission, execution.id, this.#offered.options.jobTtlMs),
      execution,
      stop,
      shownBytes: options.maxOutputBytes,
      maxBytes: maxBytesOf(target, this.#offered.options),
      hasOpenStdin: options.stdin === 'pipe',
      store,
    });
    // What was refused has no stdin.
    if (firstInput !== undefined && execution.state !== 'ended') execution.stdin.write(firstInput);
    session?.add(job);
    this.#own.set(job, target.executor);
    this.#keyed.remember(submission, job);
    live.set(execution.id, job);
    const over = (): void => {
      this.#own.delete(job);
      live.delete(execution.id);
      if (job.isJob) retention.ended(owner, job.record.end?.keptBytes ?? 0);
    };
    job.ended.then(over, over);
    this.log.started(owner, job.record);
    job.ended.then(
      (result) => this.log.ended(owner, result),
      (fault: unknown) => this.log.refused(owner, job.record, fault),
    );
    return job;
  }

  #quotaFault(owner: Owner, target: Target): ExecError | undefined {
    const { live, asking } = this.#space;
    // With each call all are looked at, so nothing is made of them on the way.
    const running: { readonly target: string }[] = [];
    for (const job of live.values()) if (job.owner.id === owner.id) running.push(job.record);
    for (const one of asking) if (one.owner === owner.id) running.push(one);
    return quotaFault(running, target, this.#offered.options);
  }

  #checkOpen(): void {
    if (this.#closing || this.#isDraining) throw new ExecError('EXEC_CLOSED', 'This server is closing and starts no more commands.');
  }
}

function spawn({ target, command, options, session }: Submission, signal: AbortSignal): Execution {
  if (!session) return target.executor.spawn(command, { ...options, signal });
  const { stdin, timeoutMs, maxOutputBytes } = options;
  return session.spawn(String(command), { timeoutMs, maxOutputBytes, signal, ...(stdin !== undefined && { stdin }) });
}

/** What an executor still knows under a key may be a job that is over; of what runs no output may be missed while it is looked for. */
function mayHaveEnded({ options }: Submission, { state }: Execution): boolean {
  return options.idempotencyKey !== undefined && state === 'ended';
}
