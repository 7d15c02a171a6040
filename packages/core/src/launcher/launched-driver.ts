import { randomBytes } from 'node:crypto';
import type { Driver, DriverProcess, DriverSupports, DriverTerminal, ProcessRequest, TerminalRequest } from '../driver.ts';
import { NotStarted } from '../driver.ts';
import { ExecError, isExecError } from '../errors.ts';
import { FilesByEither } from '../files/files-by-either.ts';
import { ShellFiles } from '../files/shell-files.ts';
import type { Files } from '../files.ts';
import { messageOf } from '../message-of.ts';
import type { Logger } from '../options.ts';
import { orAborted } from '../or-aborted.ts';
import type { GuardedChannel, WarmTarget } from '../shell/warm-target.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { Accounts } from './accounts.ts';
import { sizeFault } from './argument-size.ts';
import { FramedReadable } from './framed-readable.ts';
import { guardedShell } from './guarded-shell.ts';
import { IdleWatch } from './idle-watch.ts';
import { Launch, SupervisorGone } from './launch.ts';
import { launchTerminal, toProcessRequest } from './launched-terminal.ts';
import { launchLine, scriptLine } from './line.ts';
import { preamble, scriptPreamble } from './preamble.ts';

/** At this pace a lifeline of 11 s, the shortest, outlasts a beat that comes late. */
const HEARTBEAT_MS = 3_000;

/** What makes a driver that has only a line into one that starts commands. */
export interface LaunchedDriverOptions {
  /** With which the marker of every request begins. */
  readonly executorMarker: string;
  readonly lifelineMs: number;
  /** The sh on the target that runs launchers; default `/bin/sh`. See `launchLine`. */
  readonly shell?: string;
  /** Where relative paths of files start, as `defaults.cwd`. */
  readonly cwd?: string;
  readonly logger?: Logger;
}

interface Prepared {
  readonly asked: ProcessRequest;
  readonly source: string;
  readonly inbox: string;
}

/**
 * A driver with `launch: 'native'`, made of one with `launch: 'line'`: launchers start the commands, a supervisor signals
 * them and ends them when this client dies, and shells serve files unless the driver does.
 */
export class LaunchedDriver implements Driver {
  readonly supports: DriverSupports;
  readonly files: Files;
  readonly warm: WarmTarget;
  readonly #driver: Driver;
  /** No supervisor reaches what runs as another account. */
  readonly #accounts: Accounts<LaunchedDriver>;
  readonly #executorMarker: string;
  readonly #supervisor: Supervisor;
  /** Of all that the supervisor may guard. */
  readonly #idleWatch: IdleWatch;
  readonly #shell: string | undefined;
  readonly #line: string;
  readonly #scriptLine: string;
  readonly #lifelineMs: number;
  #shells = 0;

  constructor(driver: Driver, options: LaunchedDriverOptions) {
    const { executorMarker, lifelineMs, shell, cwd, logger } = options;
    const openShell = driver.openShell?.bind(driver);
    if (!openShell) throw new TypeError('A driver with launch: line needs openShell, for the supervisor.');
    const heartbeat = driver.supports.clientDeath === 'heartbeat';
    this.supports = {
      ...driver.supports,
      launch: 'native',
      sessions: true,
      detached: driver.supports.noDetached === undefined,
      files: true,
    };
    const other = driver.filesWithoutShell?.bind(driver);
    const openGuarded = (signal: AbortSignal) => this.openShell(signal);
    const shellFiles = new ShellFiles(openGuarded, cwd);
    this.files = driver.files ?? (other ? new FilesByEither(shellFiles, (signal) => other(cwd, signal)) : shellFiles);
    this.#driver = driver;
    this.#accounts = new Accounts((account) => new LaunchedDriver(asAccount(driver, account), options));
    this.#executorMarker = executorMarker;
    this.#shell = shell;
    this.#line = launchLine(shell);
    this.#scriptLine = scriptLine(shell);
    this.#lifelineMs = lifelineMs;
    this.#supervisor = new Supervisor({
      openShell,
      executorMarker,
      lifelineMs,
      unregistered: false,
      ...(heartbeat && { heartbeatMs: HEARTBEAT_MS }),
      ...(logger && { logger }),
    });
    this.#idleWatch = new IdleWatch(driver.idleMs, () => this.#supervisor.rest());
    this.warm = {
      openShell: openGuarded,
      supervisor: this.#supervisor,
      registers: true,
      directory: (cwd) => cwd,
      complete: (request) => request,
    };
  }

  get waitsFor(): string | undefined {
    return this.#driver.waitsFor ?? this.#supervisor.waitsFor ?? this.#accounts.waitsFor;
  }

  start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const { user, ...own } = request;
    if (user !== undefined) return this.#accounts.start(user, (driver) => driver.start(own, signal));
    const start = (): Promise<DriverProcess> => this.#againWithoutSupervisor(signal, () => this.#start(request, signal));
    return this.#idleWatch.during(start, ({ exit }) => exit);
  }

  /** Rejects with an `ExecError`, or as the driver's does: nothing was sent to it then. */
  openShell(signal: AbortSignal): Promise<GuardedChannel> {
    const open = async (): Promise<GuardedChannel> => {
      if (!this.#driver.openShell) throw new TypeError('The driver has no openShell.');
      const inbox = await this.#inbox(signal).catch((fault: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw fault instanceof NotStarted ? fault.error : fault;
      });
      const key = `${this.#executorMarker}.shell-${this.#shells++}`;
      return guardedShell(await this.#driver.openShell(signal), key, inbox, this.#supervisor);
    };
    return this.#idleWatch.during(open, ({ closed }) => closed);
  }

  openTerminal(request: TerminalRequest, signal: AbortSignal): Promise<DriverTerminal> {
    const { user, ...own } = request;
    if (user !== undefined) return this.#accounts.start(user, (driver) => driver.openTerminal(own, signal));
    const open = (): Promise<DriverTerminal> => this.#againWithoutSupervisor(signal, () => this.#openTerminal(request, signal));
    return this.#idleWatch.during(open, ({ exit }) => exit);
  }

  ping(signal: AbortSignal): Promise<void> {
    return this.#driver.ping(signal);
  }

  async close(): Promise<void> {
    this.#idleWatch.stop();
    await Promise.all([this.#accounts.close(), this.#supervisor.close()]);
    await this.#driver.close();
  }

  async #start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const { asked, source, inbox } = await this.#prepare(request, signal);
    const process = await this.#driver.start(asked, signal);
    const stdout = new FramedReadable(process.stdout, request.nonce);
    const stderr = new FramedReadable(process.stderr, request.nonce);
    const launch = new Launch({
      process,
      stdout,
      stderr,
      request,
      source,
      inbox,
      supervisor: this.#supervisor,
      lifelineMs: this.#lifelineMs,
    });
    const launched = await launch.begin(signal);
    const { stdin, look, delivered } = process;
    const own = { ...(request.stdin && stdin && { stdin }), ...(look && { look }), ...(delivered && { delivered }) };
    return { ...own, stdout, stderr, ...launched };
  }

  async #openTerminal(asked: TerminalRequest, signal: AbortSignal): Promise<DriverTerminal> {
    const openPty = this.#driver.openPty?.bind(this.#driver);
    if (!openPty) throw new TypeError('A driver with launch: line needs openPty, for terminals.');
    const request = toProcessRequest(asked, randomBytes(16).toString('hex'));
    const fault = sizeFault(request);
    if (fault) throw new NotStarted(fault);
    const inbox = await this.#inbox(signal);
    const parts = { supervisor: this.#supervisor, lifelineMs: this.#lifelineMs, shell: this.#shell };
    return launchTerminal({ openPty, request, asked, inbox, ...parts }, signal);
  }

  /** A supervisor may die after it said where its inbox is; then the launcher started nothing. */
  async #againWithoutSupervisor<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
    try {
      return await start();
    } catch (fault) {
      if (!(fault instanceof SupervisorGone) || signal.aborted) throw fault;
      await this.#supervisor.missed(fault.inbox);
      return start();
    }
  }

  /** Whatever fails here, nothing was sent. */
  async #prepare(request: ProcessRequest, signal: AbortSignal): Promise<Prepared> {
    try {
      const fault = sizeFault(request);
      if (fault) throw new NotStarted(fault);
      const inbox = await this.#inbox(signal);
      const [line, source] = request.stdin ? [this.#line, preamble(request, inbox)] : [this.#scriptLine, scriptPreamble(request, inbox)];
      return { asked: { ...request, stdin: true, line }, source, inbox };
    } catch (cause) {
      if (cause instanceof NotStarted) throw cause;
      // Its message may show what is secret.
      throw new NotStarted(
        new ExecError('EXEC_UNAVAILABLE', 'The command could not be written for the target, so nothing was sent.', { cause }),
      );
    }
  }

  async #inbox(signal: AbortSignal): Promise<string> {
    try {
      return await orAborted(this.#supervisor.ready(), signal);
    } catch (error) {
      const cause = isExecError(error) && error.cause instanceof Error ? error.cause : error;
      throw new NotStarted(isExecError(cause) ? cause : noSupervisor(cause));
    }
  }
}

function asAccount(driver: Driver, account: string): Driver {
  if (!driver.asAccount) throw new TypeError('A driver with launch: line needs asAccount, for commands of other users.');
  return driver.asAccount(account);
}

function noSupervisor(cause: unknown): ExecError {
  return new ExecError('EXEC_UNAVAILABLE', `No supervisor could be started on the target, so nothing was: ${messageOf(cause)}.`, { cause });
}
