import { constants } from 'node:os';
import {
  type ByteChannel,
  type Driver,
  type DriverProcess,
  type DriverSupports,
  type DriverTerminal,
  NotStarted,
  type ProcessExit,
  type ProcessRequest,
  type TerminalRequest,
} from '../driver.ts';
import { ExecError } from '../errors.ts';
import type { Files } from '../files.ts';
import { SupervisorGone } from '../launcher/launch.ts';
import type { ShellPoolOptions } from '../options.ts';
import { orAborted } from '../or-aborted.ts';
import { isServable } from './servable.ts';
import type { ShellCounts } from './shell-counts.ts';
import { ShellPool } from './shell-pool.ts';
import { WarmShell } from './warm-shell.ts';
import type { WarmTarget } from './warm-target.ts';

export interface PooledDriverOptions {
  readonly shells: ShellPoolOptions;
  /** The file of the shells and its options, separated by spaces. */
  readonly shell: string;
  readonly executorMarker: string;
}

/**
 * A driver whose commands get a warm shell where one can serve them as faithfully, and a process of their own where not. Where
 * all are busy, a command waits for one only as long as they come back faster than processes start.
 */
export class PooledDriver implements Driver {
  readonly supports: DriverSupports;
  readonly files?: Files;
  readonly #driver: Driver;
  readonly #target: WarmTarget;
  readonly #pool: ShellPool;

  constructor(driver: Driver, target: WarmTarget, { shells, shell, executorMarker }: PooledDriverOptions) {
    // A shell tells a death by signal n as exit code 128 + n.
    this.supports = { ...driver.supports, exitSignal: false };
    if (driver.files) this.files = driver.files;
    this.#driver = driver;
    this.#target = target;
    let opened = 0;
    this.#pool = new ShellPool(
      () => new WarmShell({ target, shell, marker: `${executorMarker}.shell-${opened++}` }),
      shells,
      target.startMs,
    );
  }

  get warm(): WarmTarget {
    return this.#target;
  }

  get waitsFor(): string | undefined {
    return this.#driver.waitsFor;
  }

  get shellCounts(): ShellCounts {
    return this.#pool.counts;
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const complete = isServable(request) ? this.#target.complete(request) : undefined;
    const shell = complete && (await this.#take(signal));
    if (!shell) return this.#alone(request, signal);
    try {
      return await shell.start(complete, signal);
    } catch (fault) {
      // As behind a launcher: a supervisor may die after it said where its inbox is.
      if (!(fault instanceof SupervisorGone) || signal.aborted) throw fault;
      await this.#target.supervisor.missed(fault.inbox);
      return this.#alone(request, signal);
    }
  }

  openShell(signal: AbortSignal): Promise<ByteChannel> {
    return this.#target.openShell(signal);
  }

  async openTerminal(request: TerminalRequest, signal: AbortSignal): Promise<DriverTerminal> {
    if (!this.#driver.openTerminal) throw new ExecError('EXEC_NOT_SUPPORTED', 'This target has no terminals.');
    const terminal = await this.#driver.openTerminal(request, signal);
    return { ...terminal, exit: terminal.exit.then(withoutSignal) };
  }

  ping(signal: AbortSignal): Promise<void> {
    return this.#driver.ping(signal);
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await this.#driver.close();
  }

  /** A shell that is ready; none where all are busy, or where the target opens none. */
  async #take(signal: AbortSignal): Promise<WarmShell | undefined> {
    const shell = await this.#pool.take(signal);
    if (!shell && signal.aborted) throw givenUp(signal);
    if (!shell) return undefined;
    try {
      if (!shell.isReady) await orAborted(shell.ready, signal);
      if (shell.isIdle) {
        this.#pool.hit();
        return shell;
      }
      shell.discard();
      return undefined;
    } catch {
      shell.discard();
      if (!signal.aborted) return undefined;
      throw givenUp(signal);
    }
  }

  async #alone(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const process = await this.#driver.start(request, signal);
    return { ...process, exit: process.exit.then(withoutSignal) };
  }
}

function givenUp(signal: AbortSignal): NotStarted {
  return new NotStarted(new ExecError('EXEC_START_TIMEOUT', 'The start was given up, and nothing ran.', { cause: signal.reason }));
}

/** As a shell tells it: all commands of one executor are told alike. */
function withoutSignal({ signal, ...exit }: ProcessExit): ProcessExit {
  const number = signal && constants.signals[signal as NodeJS.Signals];
  return number === undefined ? exit : { ...exit, exitCode: 128 + number };
}
