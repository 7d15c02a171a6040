import { type Execution, isExecError, type Session, type SessionExecOptions } from '@errand/core';
import type { LiveJob } from '../jobs/live-job.ts';
import type { Owner } from '../jobs/owner.ts';
import { type SessionPlace, sessionBusy } from './session-faults.ts';

/** How a session begins. */
export interface SessionBegin {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether one that has begun is meant, too, however it did. */
  readonly isDefault?: boolean;
}

export interface NamedSessionParts {
  readonly owner: Owner;
  readonly place: SessionPlace;
  readonly begin: SessionBegin;
  readonly idleMs: number;
  /** After how long it is closed, whatever runs in it. */
  readonly lifeMs?: number | undefined;
  /** Opens it; aborting the signal ends that. */
  readonly open: (signal: AbortSignal) => Promise<Session>;
}

/** A session of one caller, by the name that this one gave it. It closes itself when nothing has run in it for long. */
export class NamedSession {
  readonly owner: Owner;
  readonly place: SessionPlace;
  readonly begin: SessionBegin;
  /** Rejects when it could not be opened; never an unhandledRejection. */
  readonly opened: Promise<Session>;
  /** Whether no command ran in it yet. */
  isFresh = true;
  readonly #idleMs: number;
  readonly #stop = new AbortController();
  readonly #jobs = new Set<LiveJob>();
  #session: Session | undefined;
  #whyClosed: string | undefined;
  #idle: NodeJS.Timeout | undefined;
  #life: NodeJS.Timeout | undefined;
  #running = 0;
  readonly #whenIdle: (() => void)[] = [];

  constructor({ owner, place, begin, idleMs, lifeMs, open }: NamedSessionParts) {
    this.owner = owner;
    this.place = place;
    this.begin = begin;
    this.#idleMs = idleMs;
    this.opened = this.#open(open);
    this.opened.catch(() => {});
    if (lifeMs !== undefined) this.#limit(lifeMs);
  }

  /** Whether it takes no more commands. */
  get isOver(): boolean {
    return this.#whyClosed !== undefined || this.#session?.state === 'closed';
  }

  /** Starts a command, behind those that run or wait in it already. Only once it is open. */
  spawn(command: string, options: SessionExecOptions): Execution {
    if (!this.#session) throw new Error('The session is not open yet.');
    clearTimeout(this.#idle);
    this.isFresh = false;
    this.#running += 1;
    const execution = this.#session.spawn(command, options);
    const over = (): void => {
      this.#running -= 1;
      if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
      this.#rest();
    };
    execution.result.then(over, over);
    return execution;
  }

  /** A command that was started in it. */
  add(job: LiveJob): void {
    this.#jobs.add(job);
    const over = (): void => void this.#jobs.delete(job);
    job.ended.then(over, over);
  }

  /** Takes a command back that waits for another one of this session, and says whether it did: its job then ends with `sessionBusy`. */
  takeBack(job: LiveJob): boolean {
    const [first] = this.#jobs;
    if (first === undefined || first === job || job.execution.state !== 'queued') return false;
    job.end(sessionBusy(this.place, first.isJob ? `job ${first.record.id} runs in it` : 'a command of another call runs in it'));
    return true;
  }

  /** Why it takes no more commands; nothing while it does, or may. */
  async whyClosed(): Promise<string | undefined> {
    if (this.#whyClosed === undefined && this.#session?.state === 'closed') this.#whyClosed = await reasonOf(this.#session);
    return this.#whyClosed;
  }

  /** Takes no more commands, and ends when those that it has are over. Never rejects. */
  async retire(why: string): Promise<void> {
    this.#whyClosed ??= why;
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    await this.close(why);
  }

  /** Ends it with all that runs in it, or its opening. Never rejects. */
  async close(why: string): Promise<void> {
    this.#whyClosed ??= why;
    clearTimeout(this.#idle);
    clearTimeout(this.#life);
    this.#stop.abort(new Error(why));
    const session = await this.opened.catch(() => undefined);
    await session?.close();
  }

  async #open(open: NamedSessionParts['open']): Promise<Session> {
    const session = await open(this.#stop.signal);
    this.#session = session;
    void session.ended.then(() => {
      clearTimeout(this.#life);
      return this.whyClosed();
    });
    this.#rest();
    return session;
  }

  /** What a command leaves running in it would have no bound else. */
  #limit(lifeMs: number): void {
    const why = `it was open for ${lifeMs} ms, which is the longest that target '${this.place.target}' allows`;
    this.#life = setTimeout(() => void this.close(why), lifeMs).unref();
  }

  /** Nobody has to close what nobody uses. */
  #rest(): void {
    if (this.#running > 0 || this.#whyClosed !== undefined) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#session?.state !== 'closed') void this.close(`nothing ran in it for ${this.#idleMs} ms`);
    }, this.#idleMs).unref();
  }
}

/** A session says why it is closed to those alone who would run something in it. */
async function reasonOf(session: Session): Promise<string> {
  const fault: unknown = await session.exec(':').then(
    () => undefined,
    (error: unknown) => error,
  );
  const message = isExecError(fault) ? fault.message : 'its shell is gone';
  return /^The session is closed: (.*)\. Open another one\.$/s.exec(message)?.[1] ?? message.replace(/\.$/, '');
}
