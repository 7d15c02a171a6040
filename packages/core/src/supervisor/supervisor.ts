import { setTimeout as delay } from 'node:timers/promises';
import type { KillScope } from '../driver.ts';
import { ExecError, isExecError, notSupported } from '../errors.ts';
import type { Signal } from '../result.ts';
import { AtMost } from '../waiting/at-most.ts';
import { keepingNodeAlive } from './keeping-node-alive.ts';
import { openUnlessAborted } from './open-unless-aborted.ts';
import { type Registration, type ReleaseOptions, suffix } from './registration.ts';
import { Registry } from './registry.ts';
import { safeLog } from './safe-log.ts';
import { type Answer, SupervisorLink } from './supervisor-link.ts';
import type { SupervisorOptions } from './supervisor-options.ts';

export type { SupervisorOptions } from './supervisor-options.ts';

/**
 * A command is told of when it is this old, so that one that is over by then costs the supervisor nothing. Until then it is
 * known by its marker alone.
 */
const TELL_MS = 20;
/** A supervisor that died is started again after this long, and after twice as long each time that it fails. */
const RESTART_MS = 50;
const MAX_RESTART_MS = 10_000;
/** The end of a dead supervisor's stream may come so much later than what others find of it. */
const MISSED_MS = 2_000;
/** For a turn to ask who waits for input: the target looks at all of its processes for that, and hears nothing else meanwhile. */
const INPUT_LOOK_MS = 1_000;
/** Of the lifeline: 5 s for the grace before SIGKILL, 1 s for counting in ticks. */
const LIFELINE_RESERVE_SECONDS = 6;

/**
 * The client of the control shell that guards an executor's commands on their target: it knows their process groups,
 * delivers signals, keeps deadlines, and ends everything once this client is dead.
 *
 * Started on first use, and again when it died, with all that still runs. It keeps no timer or listener that would keep
 * Node from exiting, and never rejects where nobody waits.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #registry = new Registry();
  readonly #abort = new AbortController();
  readonly #inputLooks = new AtMost(1);
  #current: SupervisorLink | undefined;
  #link: Promise<SupervisorLink> | undefined;
  #previous: Promise<void> = Promise.resolve();
  #tellTimer: NodeJS.Timeout | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #failures = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Why its shell does not answer, should it never; undefined where there is none, or it did. */
  get waitsFor(): string | undefined {
    return this.#current?.waitsFor;
  }

  /**
   * Starts the supervisor unless it runs; resolves to the inbox that launchers register with. It notices this client's death
   * from then on, with commands that are registered later too (`unregistered`).
   *
   * @throws ExecError `EXEC_UNAVAILABLE`
   */
  async ready(): Promise<string> {
    const link = await this.#connect();
    return keepingNodeAlive(link.inbox).catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  /** Nobody was found in an inbox: waits until that one's death is known here as well, so that `ready` starts another. */
  async missed(inbox: string): Promise<void> {
    const link = this.#current;
    if (!link || (await link.inbox.catch(() => '')) !== inbox) return;
    await Promise.race([keepingNodeAlive(link.ended), delay(MISSED_MS, undefined, { ref: false })]);
    if (this.#current !== link) return;
    // A connection that hangs half-open would never tell.
    void link.quit();
    this.#forgetLink();
  }

  /** Tells the supervisor of a command, soon. One that is released before that costs nothing. */
  register(registration: Registration): void {
    this.#registry.add(registration, false);
    this.#tellSoon();
  }

  /** Notes a command that registered itself in this inbox, to register it again should the supervisor die, or have died meanwhile. */
  adopt(registration: Registration, inbox: string): void {
    const told = this.#current?.knownInbox === inbox;
    this.#registry.add(registration, told);
    if (!told) this.#tellSoon();
  }

  /**
   * Notes that a command's whole tree is being ended, so that this is finished should the client die. Otherwise what a main
   * process left in sessions of its own stays.
   */
  ending(key: string): void {
    this.#registry.ending(key);
    this.#tell(TELL_MS);
  }

  /** Forgets a command that is over. */
  release(key: string, options: ReleaseOptions = {}): void {
    this.#registry.release(key, options);
    // The client may exit right after the command did.
    if (options.left) this.#tell(TELL_MS);
    else this.#tellSoon();
  }

  /**
   * Signals a command's process group, the session that it leads, or its tree: group, session, descendants, and whoever carries its
   * marker. Resolves to whether anything living was there; `SIG0` only looks.
   *
   * @throws ExecError `EXEC_UNAVAILABLE` when the supervisor cannot be reached, or died before it answered;
   * `EXEC_NOT_SUPPORTED` when a group is to get a signal that the target does not know.
   */
  async signal(key: string, signal: Signal | 'SIG0', scope: KillScope | 'session'): Promise<boolean> {
    const answer = await this.#ask('S', suffix(key), signal, scope);
    if (answer === 'unknown-signal') throw notSupported('signal', `the target knows no ${signal}`);
    return answer === 'yes';
  }

  /**
   * Gives up a start. Resolves to true when the command registered, and so may run: its tree is ended. Otherwise it has not
   * registered, and is killed should it still do so.
   *
   * @throws ExecError `EXEC_UNAVAILABLE`
   */
  async abandon(key: string): Promise<boolean> {
    return (await this.#ask('A', suffix(key))) === 'yes';
  }

  /**
   * Whether a process of a command is certainly blocked in reading its stdin. Where the account of the supervisor cannot see that, or the main
   * process put something else there (a FIFO, a terminal, a pipe from a process of its own), it resolves to false.
   *
   * @throws ExecError `EXEC_UNAVAILABLE`; a `TimeoutError` where others' questions took so long that this one was not asked
   */
  async waitsForInput(key: string): Promise<boolean> {
    const ask = async (): Promise<boolean> => (await this.#ask('W', suffix(key))) === 'yes';
    return this.#inputLooks.run(ask, AbortSignal.timeout(INPUT_LOOK_MS));
  }

  /** Whether the supervisor ended this command because it had not heard from the client for too long. */
  lifelineExpired(key: string): boolean {
    return this.#registry.isExpired(key);
  }

  /** Ends the supervisor until it is needed. Returns false where it guards a command still. */
  rest(): boolean {
    if (this.#registry.size > 0) return false;
    const link = this.#current;
    if (!link) return true;
    this.#current = undefined;
    this.#link = undefined;
    void link.quit();
    return true;
  }

  /** Whether this command may have been ended because the connection to its supervisor was lost a moment ago. */
  connectionLost(key: string): boolean {
    return this.#registry.isLost(key);
  }

  /** Ends the supervisor, and none of the commands that it guards. */
  async close(): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#tellTimer);
    clearTimeout(this.#restartTimer);
    this.#registry.clear();
    const link = await this.#link?.catch(() => undefined);
    await link?.quit();
  }

  async #ask(operation: 'S' | 'A' | 'W', ...fields: readonly string[]): Promise<Answer> {
    const link = await this.#connect();
    this.#tell();
    const answer = await keepingNodeAlive(link.ask(operation, ...fields));
    if (answer === undefined) throw unavailable(undefined);
    return answer;
  }

  #connect(): Promise<SupervisorLink> {
    if (this.#abort.signal.aborted) return Promise.reject(unavailable(this.#abort.signal.reason));
    this.#link ??= this.#open().catch((error: unknown) => {
      this.#link = undefined;
      this.#restartSoon();
      throw unavailable(error);
    });
    return this.#link;
  }

  async #open(): Promise<SupervisorLink> {
    const { openShell, executorMarker, heartbeatMs, lifelineMs, unregistered = true } = this.#options;
    // One that expired goes on ending things for some seconds, and would end new ones as well.
    await this.#previous;
    this.#abort.signal.throwIfAborted();
    const channel = await openUnlessAborted(openShell, this.#abort.signal);
    const silenceSeconds = heartbeatMs === undefined ? 0 : Math.max(1, Math.floor(lifelineMs / 1000) - LIFELINE_RESERVE_SECONDS);
    const settings = { executorMarker, silenceSeconds, unregistered };
    const onHello = (boot: string): void => {
      if (this.#current !== link) return;
      this.#registry.startOver(boot);
      this.#tell();
    };
    const link = new SupervisorLink(channel, settings, { onHello, onExpired: () => this.#expired() });
    // What runs by the time that one which was to end loses its connection was never its own.
    channel.closed.catch(() => link.isQuitting || this.#registry.lose());
    this.#watch(link);
    return link;
  }

  #watch(link: SupervisorLink): void {
    const { heartbeatMs, logger } = this.#options;
    const heartbeat = heartbeatMs === undefined ? undefined : setInterval(() => link.send('H\n'), heartbeatMs).unref();
    const forgetFailures = (): void => {
      this.#failures = 0;
    };
    link.inbox.then(forgetFailures, () => {});
    this.#current = link;
    this.#previous = link.ended;
    link.ended.then(() => {
      clearInterval(heartbeat);
      if (this.#current !== link || this.#abort.signal.aborted) return;
      safeLog(
        logger,
        'warn',
        { commands: this.#registry.size },
        'The supervisor on the target ended; it is started again when it is needed.',
      );
      this.#forgetLink();
    });
  }

  #forgetLink(): void {
    this.#current = undefined;
    this.#link = undefined;
    this.#restartSoon();
  }

  /** Commands that run are not left unguarded; otherwise the next use is soon enough. */
  #restartSoon(): void {
    if (this.#registry.size === 0 || this.#restartTimer || this.#abort.signal.aborted) return;
    const delayMs = Math.min(RESTART_MS * 2 ** this.#failures++, MAX_RESTART_MS);
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined;
      if (this.#registry.size > 0) this.#connect().catch(() => {});
    }, delayMs).unref();
  }

  #expired(): void {
    this.#registry.expire();
    this.#forgetLink();
    const { logger, lifelineMs } = this.#options;
    safeLog(
      logger,
      'error',
      { commands: this.#registry.size, lifelineMs },
      'The target did not hear from this process for too long and ended its commands. An event loop that is blocked for so long belongs in a Worker.',
    );
  }

  #tellSoon(): void {
    if (this.#abort.signal.aborted) return;
    this.#tellTimer ??= setTimeout(() => {
      this.#tellTimer = undefined;
      if (this.#current) {
        this.#tell(TELL_MS);
        if (this.#registry.hasUntold) this.#tellSoon();
      } else if (this.#registry.size > 0) this.#connect().catch(() => {});
    }, TELL_MS).unref();
  }

  /** Without a supervisor there is nothing to tell: the next one hears all, once it is there. */
  #tell(minAgeMs = 0): void {
    const news = this.#current?.knownInbox !== undefined ? this.#registry.takeNews(minAgeMs) : '';
    if (news !== '') this.#current?.send(news);
  }
}

function unavailable(cause: unknown): ExecError {
  const why = cause instanceof Error && !isExecError(cause) ? `: ${cause.message}` : '';
  const message = `The supervisor on the target cannot be reached${why}. What it guards it ends itself, at its deadline or when it no longer hears from here.`;
  return new ExecError('EXEC_UNAVAILABLE', message, { cause });
}
