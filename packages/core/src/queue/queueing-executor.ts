import { checkPriority } from '../checks/check-options.ts';
import { readOptions } from '../checks/read-options.ts';
import type { Command } from '../command.ts';
import type { DetachedExecution } from '../detached/detached-execution.ts';
import { isExecError } from '../errors.ts';
import type { Execution } from '../execution.ts';
import type { Executor, Health } from '../executor.ts';
import type { Files } from '../files.ts';
import type { AttachOptions, ExecOptions, SpawnOptions } from '../options.ts';
import { orAborted } from '../or-aborted.ts';
import type { ExecResult } from '../result.ts';
import type { Session, SessionOptions } from '../session.ts';
import type { Supports } from '../supports.ts';
import type { Terminal, TerminalOptions } from '../terminal.ts';
import type { Turn, TurnRequest } from '../turn.ts';
import { Admissions } from './admissions.ts';
import { priorityOf } from './priority.ts';
import type { QueueHealth } from './queue-health.ts';
import { checkConcurrency, checkWeight, type QueueOptions } from './queue-options.ts';
import type { QueuedExecutor } from './queued-executor.ts';
import { Turns } from './turns.ts';

/** What `queued(…)` gives: everything is the executor's own, but that it waits for a turn. */
export class QueueingExecutor implements QueuedExecutor {
  readonly name: string;
  readonly supports: Supports;
  readonly #inner: Executor;
  readonly #turns: Turns;
  readonly #sessions: SessionOptions;
  readonly #turn: Turn;

  constructor(inner: Executor, options: QueueOptions) {
    this.name = inner.name;
    // What it says of terminals costs a load, and is looked up when it is asked for.
    this.supports = Object.defineProperties({ queue: true } as Supports, descriptorsWithoutQueue(inner.supports));
    this.#inner = inner;
    this.#turns = new Turns(options);
    const admissions = options.quota && new Admissions(options.quota, this.#turns);
    this.#turn = (request) => (admissions || request.after ? this.#expected(request, admissions ?? this.#turns) : this.#turns.ask(request));
    this.#sessions = options.sessions === 'life' ? { turnFor: 'session' } : {};
  }

  exec(command: Command, options: ExecOptions = {}): Promise<ExecResult> {
    return this.#inner.exec(command, this.#waiting(options));
  }

  spawn(command: Command, options: SpawnOptions = {}): Execution {
    return this.#inner.spawn(command, this.#waiting(options));
  }

  openSession(options: SessionOptions = {}): Promise<Session> {
    return this.#inner.openSession(this.#waiting(options, this.#sessions));
  }

  openTerminal(options: TerminalOptions = {}): Promise<Terminal> {
    return this.#inner.openTerminal(this.#waiting(options));
  }

  attach(executionId: string, options?: AttachOptions): Promise<Execution> {
    return this.#inner.attach(executionId, options);
  }

  listDetached(options?: { readonly signal?: AbortSignal }): Promise<readonly DetachedExecution[]> {
    return this.#inner.listDetached(options);
  }

  get files(): Files {
    return this.#inner.files;
  }

  async health(options?: { readonly signal?: AbortSignal }): Promise<Health & { readonly queue: QueueHealth }> {
    return { ...(await this.#inner.health(options)), queue: this.#turns.health };
  }

  pause(): void {
    this.#turns.pause();
  }

  resume(): void {
    this.#turns.resume();
  }

  drain(): Promise<void> {
    return this.#turns.drain();
  }

  position(executionId: string): number | undefined {
    return this.#turns.position(executionId);
  }

  setPriority(executionId: string, priority: 'high' | 'normal' | 'low' | number): boolean {
    checkPriority('priority', priority);
    return this.#turns.setPriority(executionId, priorityOf(priority));
  }

  setConcurrency(concurrency: number): void {
    checkConcurrency(concurrency);
    this.#turns.setConcurrency(concurrency);
  }

  setWeight(tenant: string, weight: number): void {
    checkWeight('weight', weight);
    this.#turns.setWeight(tenant, weight);
  }

  close(): Promise<void> {
    this.#turns.close();
    return this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For one that cannot ask at once. */
  async #expected(request: TurnRequest, asked: Admissions | Turns): Promise<void> {
    const done = this.#turns.expect();
    try {
      if (request.after) await orAborted(request.after, request.signal);
      await asked.ask(request, { isExpected: true });
    } finally {
      done();
    }
  }

  /** The options with a turn. What is wrong with them is the executor's to say. */
  #waiting<O extends { readonly turn?: Turn }>(options: O, more?: Partial<O>): O {
    let read: O;
    try {
      read = readOptions(options);
    } catch (fault) {
      return unreadable(fault);
    }
    const outer: unknown = read.turn;
    if (outer !== undefined && typeof outer !== 'function') return read;
    const turn = outer === undefined ? this.#turn : bothTurns(outer as Turn, this.#turn);
    return { ...read, ...more, turn };
  }
}

/** Options that fail as these did, whenever they are read: what could not be read once is not to be read again. */
function unreadable<O extends { readonly turn?: Turn }>(fault: unknown): O {
  return Object.defineProperty({} as O, 'turn', {
    enumerable: true,
    get: () => {
      throw isExecError(fault) ? fault.cause : fault;
    },
  });
}

/** A queue around a queue: first the outer one's turn, then this one's. */
function bothTurns(outer: Turn, inner: Turn): Turn {
  return async (request) => {
    await outer(request);
    await inner(request);
  };
}

function descriptorsWithoutQueue(supports: Supports): PropertyDescriptorMap {
  const { queue: _, ...descriptors } = Object.getOwnPropertyDescriptors(supports);
  return descriptors;
}
