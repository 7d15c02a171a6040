import { randomBytes } from 'node:crypto';
import type { Driver } from '../driver.ts';
import type { ExecError } from '../errors.ts';
import { gateFault } from '../gate-fault.ts';
import type { SpawnOptions } from '../options.ts';
import type { Usage } from '../quota.ts';
import { openSession } from '../session/open-session.ts';
import type { ShellSession } from '../session/shell-session.ts';
import type { SessionOptions } from '../session.ts';
import { keepingNodeAlive } from '../supervisor/keeping-node-alive.ts';
import { openTerminal } from '../terminal/open-terminal.ts';
import type { TerminalHandle } from '../terminal/terminal-handle.ts';
import type { TerminalOptions } from '../terminal.ts';
import type { DriverExecutorSettings } from './driver-executor.ts';
import { resolveOptions } from './resolve-options.ts';
import type { Run } from './run.ts';

/** Something that is open until it has ended. */
interface Lasting {
  readonly ended: Promise<void>;
}

type TurnOptions = Pick<SpawnOptions, 'turn' | 'tenant' | 'labels' | 'priority' | 'queueTimeoutMs' | 'signal'>;

/** What an executor has opened, and closes with it. Options are checked. */
export class Opened {
  readonly #driver: Driver;
  readonly #settings: DriverExecutorSettings;
  readonly #runs: Set<Run>;
  readonly #sessions = new Set<ShellSession>();
  readonly #terminals = new Set<TerminalHandle>();
  /** Aborts with why nothing is opened any more. */
  readonly #closing = new AbortController();

  constructor(driver: Driver, settings: DriverExecutorSettings, runs: Set<Run>) {
    this.#driver = driver;
    this.#settings = settings;
    this.#runs = runs;
  }

  session({ turn, turnFor, ...options }: SessionOptions): Promise<ShellSession> {
    const parts = { driver: this.#driver, settings: this.#settings, runs: this.#runs };
    const forLife = turnFor === 'session' && turn;
    const open = (): Promise<ShellSession> => openSession(parts, { ...options, ...(turn && !forLife && { turn }) });
    const close = (session: ShellSession): Promise<void> => session.close();
    return this.#open('session', { ...options, ...(forLife && { turn }) }, { open, close, into: this.#sessions });
  }

  terminal(given: TerminalOptions): Promise<TerminalHandle> {
    const { turn: _turn, priority: _priority, queueTimeoutMs: _queueTimeoutMs, tenant: _tenant, labels: _labels, ...options } = given;
    const open = (): Promise<TerminalHandle> => openTerminal(this.#driver, this.#settings, options);
    const close = (terminal: TerminalHandle): Promise<void> => terminal.close();
    return this.#open('terminal', given, { open, close, into: this.#terminals });
  }

  async close(error: ExecError): Promise<void> {
    this.#closing.abort(error);
    await Promise.all([
      ...[...this.#sessions].map((session) => session.close()),
      ...[...this.#terminals].map((terminal) => terminal.end('the executor was closed')),
    ]);
  }

  async #open<T extends Lasting>(
    kind: string,
    options: TurnOptions,
    { open, close, into }: { open: () => Promise<T>; close: (opened: T) => Promise<void>; into: Set<T> },
  ): Promise<T> {
    const released = Promise.withResolvers<Usage | undefined>();
    try {
      if (options.turn) await keepingNodeAlive(this.#turn(kind, options, released.promise));
      const opened = await keepingNodeAlive(open());
      const since = performance.now();
      into.add(opened);
      opened.ended.then(() => {
        into.delete(opened);
        released.resolve({ outcome: 'exited', wallMs: performance.now() - since, outputBytes: 0 });
      });
      if (!this.#closing.signal.aborted) return opened;
      await close(opened);
      throw this.#closing.signal.reason;
    } catch (fault) {
      released.resolve(undefined);
      throw fault;
    }
  }

  async #turn(
    kind: string,
    { turn, tenant, labels, signal: own, priority, queueTimeoutMs }: TurnOptions,
    released: Promise<Usage | undefined>,
  ): Promise<void> {
    const { name, defaults = {} } = this.#settings;
    const signal = AbortSignal.any([this.#closing.signal, ...(own ? [own] : [])]);
    const options = resolveOptions({ ...(tenant !== undefined && { tenant }), ...(labels && { labels }) }, defaults, true);
    const executionId = `${name}-${kind}-${randomBytes(10).toString('hex')}`;
    try {
      const { labels: all, tenant: whose } = options;
      await turn?.({ executionId, target: name, labels: all, tenant: whose, priority, queueTimeoutMs, signal, released });
    } catch (fault) {
      signal.throwIfAborted();
      throw gateFault('turn', fault);
    }
    signal.throwIfAborted();
  }
}
