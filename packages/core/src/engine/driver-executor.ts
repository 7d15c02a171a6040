import { createHmac, randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkCommand } from '../checks/check-command.ts';
import {
  checkAttachOptions,
  checkCommandOptions,
  checkExecutionId,
  checkSessionOptions,
  checkTerminalOptions,
} from '../checks/check-options.ts';
import { readOptions } from '../checks/read-options.ts';
import { abortSignal } from '../checks/values.ts';
import type { Command } from '../command.ts';
import { nameOf } from '../detached/detached-driver.ts';
import type { DetachedExecution } from '../detached/detached-execution.ts';
import { DetachedExecutions } from '../detached/detached-executions.ts';
import { type Driver, type DriverProcess, NotStarted } from '../driver.ts';
import { ExecError, notSupported } from '../errors.ts';
import type { Execution } from '../execution.ts';
import type { Executor, Health } from '../executor.ts';
import type { Files } from '../files.ts';
import { messageOf } from '../message-of.ts';
import type { AttachOptions, ExecOptions, ExecutorOptions, SpawnOptions } from '../options.ts';
import type { ExecResult } from '../result.ts';
import type { Session, SessionOptions } from '../session.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import type { Supports } from '../supports.ts';
import type { Terminal, TerminalOptions } from '../terminal.ts';
import { checkNoQueue, checkShellless, checkSupported } from './check-supported.ts';
import { ExecutionHandle } from './execution-handle.ts';
import { ExecutorFiles } from './executor-files.ts';
import { fingerprint, IdempotencyKeys } from './idempotency.ts';
import { Opened } from './opened.ts';
import { RefusedExecution } from './refused-execution.ts';
import { type ResolvedOptions, resolveOptions } from './resolve-options.ts';
import { Run } from './run.ts';
import { nameIn, type RunSpec } from './run-spec.ts';
import type { SharedRun } from './shared-run.ts';
import { StartDeadline } from './start-deadline.ts';
import { releaseSource } from './stdin-feed.ts';

/** What a factory hands to the engine. */
export interface DriverExecutorSettings extends Pick<ExecutorOptions, 'defaults'> {
  readonly name: string;
  /** Begins the marker of every execution: 128 random bits in hexadecimal. */
  readonly marker: string;
  readonly lifelineMs: number;
  readonly idempotencyTtlMs: number;
}

/** The engine: an Executor over any Driver. */
export class DriverExecutor implements Executor {
  readonly name: string;
  readonly supports: Supports;
  readonly #driver: Driver;
  readonly #settings: DriverExecutorSettings;
  readonly #files: ExecutorFiles | undefined;
  readonly #keys: IdempotencyKeys;
  readonly #detached: DetachedExecutions;
  readonly #runs = new Set<Run>();
  readonly #opened: Opened;
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, settings: DriverExecutorSettings) {
    this.name = settings.name;
    this.supports = driver.supports;
    this.#driver = driver;
    this.#files = driver.files && new ExecutorFiles(driver.files);
    this.#settings = settings;
    this.#keys = new IdempotencyKeys(settings.idempotencyTtlMs);
    this.#detached = new DetachedExecutions({ driver, ...settings });
    this.#opened = new Opened(driver, settings, this.#runs);
  }

  exec(command: Command, options: ExecOptions = {}): Promise<ExecResult> {
    // To `spawn` the word 'pipe' is no text; here nobody could write to a pipe.
    return this.#begin(command, options, (read) => (read.stdin === 'pipe' ? { ...read, stdin: Buffer.from('pipe') } : read)).result;
  }

  spawn(command: Command, options: SpawnOptions = {}): Execution {
    return this.#begin(command, options, (read) => read);
  }

  #begin(given: Command, givenOptions: SpawnOptions, adapt: (options: SpawnOptions) => SpawnOptions): Execution {
    let id = `${this.name}-${randomBytes(10).toString('hex')}`;
    let options: SpawnOptions = {};
    try {
      options = adapt(readOptions(givenOptions));
      if (this.#closing) throw this.#closedError();
      const command = copy(given);
      checkCommand(command);
      checkCommandOptions(options);
      const resolved = resolveOptions(options, this.#settings.defaults ?? {}, this.supports.lifeline);
      checkShellless(command, resolved, this.supports);
      checkSupported(options, resolved, this.supports);
      if (options.signal?.aborted) throw options.signal.reason;
      if (options.detached || this.#isRememberedThere(options))
        id = `${this.name}-${nameOf(options.idempotencyKey, id.slice(this.name.length + 1))}`;
      return new ExecutionHandle(this.#submit(id, command, resolved, options), options);
    } catch (fault) {
      releaseSource(options.stdin);
      return new RefusedExecution(id, fault);
    }
  }

  async openSession(options: SessionOptions = {}): Promise<Session> {
    const read = readOptions(options);
    if (this.#closing) throw this.#closedError();
    checkSessionOptions(read);
    if (read.signal?.aborted) throw read.signal.reason;
    return this.#opened.session(read);
  }

  async openTerminal(options: TerminalOptions = {}): Promise<Terminal> {
    const given = readOptions(options);
    const read = given.command === undefined ? given : { ...given, command: copy(given.command) };
    if (this.#closing) throw this.#closedError();
    checkTerminalOptions(read);
    if (!read.turn) checkNoQueue(read);
    if (read.signal?.aborted) throw read.signal.reason;
    return this.#opened.terminal(read);
  }

  async attach(executionId: string, options: AttachOptions = {}): Promise<Execution> {
    const read = readOptions(options);
    if (this.#closing) throw this.#closedError();
    if (!this.supports.detached && !this.supports.attach) throw notSupported('attach', 'this target keeps no detached executions');
    checkExecutionId(executionId);
    checkAttachOptions(read);
    const { stdoutOffset = 0, stderrOffset = 0, signal } = read;
    if (signal?.aborted) throw signal.reason;
    const from = { stdout: stdoutOffset, stderr: stderrOffset };
    const resolved = resolveOptions({}, this.#settings.defaults ?? {}, true);
    const process = await this.#follow(executionId, from, new StartDeadline(resolved.startTimeoutMs, signal, this.#driver));
    if (this.#closing) {
      process.letGo?.('the executor was closed');
      process.exit.catch(() => {});
      throw this.#closedError();
    }
    const driver = { supports: this.#driver.supports, start: async () => process };
    const forReading = { ...resolved, timeoutMs: undefined, idleTimeoutMs: undefined };
    const run = new Run({ ...this.#spec(executionId), command: '', options: forReading, driver, detached: true, from });
    // Its process is there, so it is running after this turn; `kill(signal)` on one that is not would keep it from running.
    await nextTurn();
    return new ExecutionHandle({ run, handles: 0 }, {});
  }

  #follow(id: string, from: Readonly<Record<'stdout' | 'stderr', number>>, deadline: StartDeadline): Promise<DriverProcess> {
    const driver = this.#driver;
    if (!this.supports.attach || !driver.attach) return this.#detached.follow(nameIn(id), from, deadline);
    const attach = driver.attach.bind(driver);
    return deadline.keep((signal) => attach(id, from, signal)).catch(unwrapped);
  }

  async listDetached(options: { readonly signal?: AbortSignal } = {}): Promise<readonly DetachedExecution[]> {
    const { signal } = readOptions(options);
    if (this.#closing) throw this.#closedError();
    if (signal !== undefined) abortSignal('signal', signal);
    return this.#detached.list(signal);
  }

  get files(): Files {
    if (this.#files) return this.#files;
    throw notSupported('files', 'this target has no file access; use commands');
  }

  async health(options: { readonly signal?: AbortSignal } = {}): Promise<Health> {
    const begin = performance.now();
    const answer = (reason?: string): Health => ({
      ok: reason === undefined,
      latencyMs: performance.now() - begin,
      running: [...this.#runs].filter((run) => run.state !== 'ended').length,
      ...(this.#driver.shellCounts && { shells: this.#driver.shellCounts }),
      ...(reason !== undefined && { reason }),
    });
    if (this.#closing) return answer(this.#closedError().message);
    try {
      const { signal } = readOptions(options);
      if (signal !== undefined) abortSignal('signal', signal);
      await keepingNodeAlive(this.#driver.ping(signal ?? AbortSignal.timeout(60_000)));
      return answer();
    } catch (error) {
      return answer(messageOf(error));
    }
  }

  close(): Promise<void> {
    this.#closing ??= keepingNodeAlive(this.#close());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #submit(id: string, command: Command, options: ResolvedOptions, asked: SpawnOptions): SharedRun {
    const { idempotencyKey: key, detached } = asked;
    const print = key === undefined && !detached ? '' : fingerprint(command, options);
    const known = key === undefined ? undefined : this.#keys.find(key, print);
    if (known) return known;
    const run = new Run({
      ...this.#spec(id),
      command,
      ...(this.#isRememberedThere(asked) && { print: keyed(print, key) }),
      ...(asked.turn && { turn: asked.turn, asked }),
      ...(detached ? this.#detached.run(nameIn(id), options, asked, print) : { options, driver: this.#driver }),
    });
    const shared = { run, handles: 0 };
    if (key !== undefined) this.#keys.remember(key, print, shared);
    return shared;
  }

  /** By a target that others may ask as well. */
  #isRememberedThere({ idempotencyKey }: SpawnOptions): boolean {
    return idempotencyKey !== undefined && this.supports.idempotency === 'target';
  }

  #spec(id: string): Pick<RunSpec, 'id' | 'target' | 'executorMarker' | 'lifelineMs' | 'among'> {
    const { name, marker, lifelineMs } = this.#settings;
    return { id, target: name, executorMarker: marker, lifelineMs, among: this.#runs };
  }

  async #close(): Promise<void> {
    this.#keys.clear();
    const error = this.#closedError();
    // All in this turn: in the next one a command may be sent. A session tells its own commands first.
    const opened = this.#opened.close(error);
    await Promise.all([opened, this.#files?.close(error), ...[...this.#runs].map((run) => endOrLetGo(run, error))]);
    await this.#driver.close();
  }

  #closedError(): ExecError {
    return new ExecError('EXEC_CLOSED', `The executor ${this.name} is closed. Make a new one.`);
  }
}

function endOrLetGo(run: Run, error: ExecError): Promise<void> {
  if (!run.spec.detached) return run.end('the executor was closed', error);
  return run.letGo('the executor was closed; the execution goes on, and attach(id) finds it');
}

/** A hash of little may be guessed. */
function keyed(print: string, key = ''): string {
  return createHmac('sha256', key).update(print).digest('hex');
}

function unwrapped(fault: unknown): never {
  throw fault instanceof NotStarted ? fault.error : fault;
}

/** A caller's array may change before the command starts; its holes become elements that are refused. */
function copy(command: Command): Command {
  if (!Array.isArray(command)) return command;
  try {
    return Array.from(command);
  } catch (cause) {
    throw new ExecError('EXEC_INVALID_OPTION', 'command: could not be read. Allowed: a plain array.', {
      cause,
      detail: { option: 'command' },
    });
  }
}
