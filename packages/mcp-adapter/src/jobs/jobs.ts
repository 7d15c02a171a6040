import { type Command, type DetachedExecution, ExecError, type Execution, quote, type SpawnOptions } from '@errand/core';
import type { Target, TargetList } from '../targets.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { DetachedJob } from './detached-job.ts';
import type { FoundJob } from './found-job.ts';
import { mayRun, thisHost } from './job-host.ts';
import { endWithout, type JobRecord } from './job-record.ts';
import { JobSpace } from './job-space.ts';
import { LiveJob } from './live-job.ts';
import type { Owner } from './owner.ts';
import { isExpired } from './retention.ts';
import { RunningHere } from './running-here.ts';
import { StoredJob } from './stored-job.ts';
import { until } from './until.ts';
import { whenRunning } from './when-running.ts';

type ListDetached = (target: string) => Promise<readonly DetachedExecution[]>;

/** How long targets may take to say which of their jobs still run, when all are listed. */
const LIST_MS = 10_000;
/** A record shows no more of a command. */
const MAX_SHOWN = 256;

/** What is to be run, and for whom. */
export interface Submission {
  readonly owner: Owner;
  readonly target: Target;
  readonly command: Command;
  /** Whose `timeoutMs` is there, and `signal` is not. */
  readonly options: SpawnOptions & { readonly timeoutMs: number; readonly maxOutputBytes: number };
  /** With `stdin: 'pipe'`: what comes first. */
  readonly firstInput?: string;
}

/** The commands and jobs of one registration of the tools. */
export class Jobs {
  readonly #targets: TargetList;
  readonly #options: CheckedToolOptions;
  readonly #space: JobSpace;
  readonly #own = new Set<LiveJob>();
  /** What must be over before this is: starts and ends. */
  readonly #pending = new Set<Promise<unknown>>();
  /** Those of the space's `starting` that this one starts. */
  readonly #starts = new Set<string>();
  #closing: Promise<void> | undefined;

  /** @throws ExecError `EXEC_INVALID_OPTION` that names the option */
  constructor(targets: TargetList, options: CheckedToolOptions) {
    this.#targets = targets;
    this.#options = options;
    this.#space = JobSpace.of(targets.first.executor, options);
  }

  /**
   * Starts a command; the same one under the same idempotency key gives the first one's, also when that is over.
   *
   * @throws ExecError `EXEC_CLOSED` after `close()`, `EXEC_QUOTA` where too many of this owner's run
   */
  async start(submission: Submission): Promise<LiveJob | FoundJob> {
    const { owner, target, command, options } = submission;
    this.#checkOpen();
    this.#checkQuota([...this.#space.live.values()].filter((job) => job.owner.id === owner.id).length);
    const stop = new AbortController();
    const execution = target.executor.spawn(command, { ...options, signal: stop.signal });
    if (options.idempotencyKey !== undefined) {
      const first = this.#space.live.get(execution.id) ?? (await this.#stored(owner, execution.id));
      if (first) {
        // Lets go of the second handle alone.
        stop.abort();
        return first;
      }
    }
    return this.#add(submission, execution, stop);
  }

  /**
   * Starts a command that goes on without this process, and gives it once it certainly runs, or `patience` ended.
   *
   * @throws ExecError as `start`, and when it certainly did not start; reason of `signal` when that aborted before
   */
  async startInBackground(submission: Submission, signal: AbortSignal, patience: AbortSignal): Promise<FoundJob> {
    const { owner, target, command, options } = submission;
    this.#checkOpen();
    const others = (await this.#space.store.list(owner)).filter((record) => record.background && !record.end);
    if (others.length >= this.#options.maxJobs) this.#checkQuota(await this.#countRunning(owner, others));
    const stop = new AbortController();
    const { jobTtlMs: keepMs } = this.#options;
    const execution = target.executor.spawn(command, {
      ...options,
      detached: true,
      keepMs,
      maxSpoolBytes: this.#maxBytes(target),
      signal: stop.signal,
    });
    const known = await this.#space.store.load(owner, execution.id);
    const record = known ?? { ...this.#record(submission, execution.id), background: true };
    if (!known) await this.#space.store.save(owner, record);
    this.#space.starting.set(execution.id, execution);
    const started = this.#letGoWhenRunning(owner, record, execution, known !== undefined);
    let refusal: { readonly fault: unknown } | undefined;
    started.catch((fault: unknown) => {
      refusal = { fault };
    });
    const onAbort = (): void => stop.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    await until(started, patience);
    signal.removeEventListener('abort', onAbort);
    if (refusal) {
      if (!known) await this.#space.store.remove(owner, record.id);
      throw refusal.fault;
    }
    return this.#detached(owner, record);
  }

  /**
   * The job of this owner by this id.
   *
   * @throws ExecError `EXEC_NOT_FOUND` where there is none, also where it is another's
   */
  async find(owner: Owner, jobId: string): Promise<FoundJob> {
    const live = this.#space.live.get(jobId);
    if (live?.owner.id === owner.id && live.isJob) return new RunningHere(live);
    const stored = await this.#stored(owner, jobId);
    if (stored) return stored;
    throw new ExecError('EXEC_NOT_FOUND', `job_id: there is no job '${jobId.slice(0, 100)}'. Allowed: one that list_jobs gives.`, {
      detail: { what: 'execution', name: jobId.slice(0, 100) },
    });
  }

  /** All jobs of this owner, the newest first. */
  async list(owner: Owner): Promise<FoundJob[]> {
    const live = [...this.#space.live.values()].filter((job) => job.owner.id === owner.id && job.isJob);
    const ids = new Set(live.map(({ record }) => record.id));
    const stored = (await this.#space.store.list(owner)).filter(({ id }) => !ids.has(id));
    const lists = new Map<string, Promise<readonly DetachedExecution[]>>();
    const list = (target: string): Promise<readonly DetachedExecution[]> => {
      const listed = lists.get(target) ?? this.#listDetached(target, AbortSignal.timeout(LIST_MS));
      lists.set(target, listed);
      return listed;
    };
    const found = [...live.map((job) => new RunningHere(job)), ...stored.map((record) => this.#toFound(owner, record, list))];
    return found.filter((job) => job !== undefined).sort((a, b) => (newerFirst(a.record) < newerFirst(b.record) ? 1 : -1));
  }

  /** Ends what is not in the background, and resolves when it has ended and is recorded. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { starting } = this.#space;
    // First of all: what ends below gives way to those that wait for their turn, and they would start with nobody here to know.
    const waiting = [...this.#starts].map((id) => starting.get(id)).filter((execution) => execution?.state === 'queued');
    await Promise.allSettled(waiting.map((execution) => execution?.kill()));
    const reason = new ExecError('EXEC_CLOSED', 'The MCP server was closed.');
    for (const job of this.#own) job.end(reason);
    await Promise.allSettled([...this.#own].map(({ ended }) => ended));
    await Promise.allSettled(this.#pending);
    await this.#space.leave();
  }

  #add(submission: Submission, execution: Execution, stop: AbortController): LiveJob {
    const { owner, target, options } = submission;
    const job = new LiveJob({
      owner,
      record: this.#record(submission, execution.id),
      execution,
      stop,
      shownBytes: options.maxOutputBytes,
      maxBytes: this.#maxBytes(target),
      hasOpenStdin: options.stdin === 'pipe',
      store: this.#space.store,
    });
    // What was refused has no stdin.
    if (submission.firstInput !== undefined && execution.state !== 'ended') execution.stdin.write(submission.firstInput);
    this.#own.add(job);
    this.#space.live.set(execution.id, job);
    const over = (): void => {
      this.#own.delete(job);
      this.#space.live.delete(execution.id);
      if (job.isJob) this.#space.retention.ended(owner, job.record.end?.keptBytes ?? 0);
    };
    job.ended.then(over, over);
    return job;
  }

  async #letGoWhenRunning(owner: Owner, record: JobRecord, execution: Execution, isKnown: boolean): Promise<void> {
    const { store, starting } = this.#space;
    this.#starts.add(record.id);
    const work = (async () => {
      try {
        await whenRunning(execution);
        await store.save(owner, { ...record, isSubmitted: true });
      } catch (fault) {
        const none = { stdoutBytes: 0, stderrBytes: 0, keptBytes: 0 };
        if (!isKnown) await store.save(owner, { ...record, end: endWithout(none, { fault }) });
        throw fault;
      } finally {
        this.#starts.delete(record.id);
        starting.delete(record.id);
        await execution[Symbol.asyncDispose]();
      }
    })();
    this.#pending.add(work);
    work.catch(() => {}).finally(() => this.#pending.delete(work));
    return await work;
  }

  #record({ target, command, options }: Submission, id: string): JobRecord {
    return {
      version: 1,
      id,
      target: target.executor.name,
      command: shown(command),
      startedAt: new Date().toISOString(),
      timeoutMs: options.timeoutMs,
      mergeStderr: options.stderr === 'stdout',
      background: false,
      ttlMs: this.#options.jobTtlMs,
      host: thisHost(),
    };
  }

  async #stored(owner: Owner, id: string): Promise<FoundJob | undefined> {
    const record = await this.#space.store.load(owner, id);
    return record && this.#toFound(owner, record);
  }

  /** Nothing for one that another server runs: it alone can say more of it. */
  #toFound(owner: Owner, record: JobRecord, list?: ListDetached): FoundJob | undefined {
    if (isExpired(record)) return undefined;
    if (record.background) return this.#detached(owner, record, list);
    if (record.end || !mayRun(record.host)) return new StoredJob(record, this.#space.store.directory(owner, record.id));
    return undefined;
  }

  #detached(owner: Owner, record: JobRecord, list: ListDetached = (target) => this.#listDetached(target)): DetachedJob {
    return new DetachedJob({
      record,
      list: () => list(record.target),
      executor: () => this.#targets.resolve(record.target).executor,
      starting: this.#space.starting.get(record.id),
      onEnd: async (ended) => {
        await this.#space.store.save(owner, ended);
        this.#space.retention.ended(owner, 0);
      },
    });
  }

  async #listDetached(target: string, signal?: AbortSignal): Promise<readonly DetachedExecution[]> {
    return await this.#targets.resolve(target).executor.listDetached(signal && { signal });
  }

  #maxBytes({ maxJobOutputBytes }: Target): number {
    return maxJobOutputBytes ?? this.#options.maxJobOutputBytes;
  }

  #checkOpen(): void {
    if (this.#closing) throw new ExecError('EXEC_CLOSED', 'This server is closing and starts no more commands.');
  }

  #checkQuota(running: number): void {
    const { maxJobs } = this.#options;
    if (running < maxJobs) return;
    const message = `${running} commands of yours run already, and ${maxJobs} may. Nothing was started: wait for one of them, or end one with signal_job.`;
    throw new ExecError('EXEC_QUOTA', message, { detail: { limit: 'maxJobs', value: maxJobs } });
  }

  /** Asks their targets: some may have ended. */
  async #countRunning(owner: Owner, records: readonly JobRecord[]): Promise<number> {
    const states = await Promise.all(
      records.map((record) =>
        this.#detached(owner, record)
          .status()
          .then(
            ({ state }) => state,
            () => 'running',
          ),
      ),
    );
    return states.filter((state) => state !== 'ended').length;
  }
}

function newerFirst({ startedAt, id }: JobRecord): string {
  return `${startedAt} ${id}`;
}

function shown(command: Command): string {
  const text = typeof command === 'string' ? command : command.map(word).join(' ');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** What no shell could take is refused by the executor, in words of its own. */
function word(text: string): string {
  return typeof text === 'string' && !text.includes('\0') ? quote(text) : '?';
}
