import { isDeepStrictEqual } from 'node:util';
import { ExecError, type Executor, isExecError } from '@errand/core';
import { invalidOption, notSupported } from '@errand/core/checks';
import type { Offered } from '../jobs/offered.ts';
import type { Owner } from '../jobs/owner.ts';
import { until } from '../jobs/until.ts';
import type { Target } from '../targets.ts';
import type { SessionView } from '../tools/run-command-result.ts';
import { NamedSession, type SessionBegin } from './named-session.ts';
import { noSession, type SessionPlace, sessionBusy, sessionLost, tooManySessions } from './session-faults.ts';

/** Those that are over are remembered, so that whoever counts on one is told; the oldest are forgotten beyond so many. */
const MAX_REMEMBERED = 10_000;

/** The sessions that one registration of the tools began, among those that it can find. */
export class NamedSessions {
  readonly #all: Map<string, NamedSession>;
  readonly #offered: Offered;
  readonly #own = new Map<NamedSession, Executor>();
  #isClosed = false;

  /** @param all Of all registrations that find one another's. */
  constructor(all: Map<string, NamedSession>, offered: Offered) {
    this.#all = all;
    this.#offered = offered;
  }

  /**
   * The session of this owner by this name, open; a new one where there is none.
   *
   * @throws ExecError `EXEC_SESSION_CLOSED`, once, where one of this name is over; `EXEC_QUEUE_TIMEOUT` where it did not open before
   * `patience` ended; `EXEC_INVALID_OPTION` for a beginning of one that has begun; `EXEC_NOT_SUPPORTED`, `EXEC_QUOTA`, and what
   * `openSession` rejects with
   */
  async use(owner: Owner, target: Target, name: string, begin: SessionBegin, patience: AbortSignal): Promise<NamedSession> {
    const place = { name, target: target.executor.name };
    if (!target.executor.supports.sessions)
      throw notSupported('session', `target '${place.target}' has none; pass cwd and env to each call`);
    const key = keyOf(owner, place);
    const known = this.#all.get(key);
    const why = await known?.whyClosed();
    if (known && why !== undefined) {
      this.#forget(key, known);
      throw sessionLost(place, why);
    }
    // Another call may have begun it, or forgotten it, while that was asked.
    const session = this.#all.get(key) ?? this.#begin(owner, target, place, begin);
    refuseToBeginAgain(session, begin);
    await until(session.opened, patience);
    if (isExecError(patience.reason)) throw patience.reason;
    if (patience.aborted) throw sessionBusy(place, 'it is still being opened');
    await session.opened;
    return session;
  }

  /**
   * Ends it with all that runs in it.
   *
   * @throws ExecError `EXEC_NOT_FOUND` where there is none, also where it is another's
   */
  async close(owner: Owner, place: SessionPlace): Promise<void> {
    const key = keyOf(owner, place);
    const session = this.#all.get(key);
    if (!session) throw noSession(place);
    await session.close('its caller closed it');
    this.#forget(key, session);
  }

  /** What a reply says of it. Whoever is told that it is over begins a new one. */
  async tell(session: NamedSession, view: SessionView | undefined): Promise<SessionView> {
    const whyClosed = await session.whyClosed();
    if (whyClosed !== undefined) this.#drop(session);
    return { name: session.place.name, isNew: false, ...view, whyClosed };
  }

  /** A command was refused: the fault to tell, where that is since its session was over before it was sent. */
  async lostUnder(session: NamedSession, fault: unknown): Promise<unknown> {
    if (!isExecError(fault) || fault.code !== 'EXEC_SESSION_CLOSED') return fault;
    const why = await session.whyClosed();
    this.#drop(session);
    return sessionLost(session.place, why ?? 'its shell is gone', fault);
  }

  /** Ends those that an executor has, each when nothing runs in it any more; no call finds them open from now on. */
  async retire(executor: Executor, why: string): Promise<void> {
    const all = [...this.#own].filter(([, on]) => on === executor);
    await Promise.all(all.map(([session]) => session.retire(why)));
  }

  /** Ends those that were begun here. */
  async closeAll(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#own.keys()];
    await Promise.all(all.map((session) => session.close('the MCP server was closed')));
    for (const session of all) this.#drop(session);
  }

  #begin(owner: Owner, { executor, maxTimeoutMs }: Target, place: SessionPlace, begin: SessionBegin): NamedSession {
    if (this.#isClosed) throw new ExecError('EXEC_CLOSED', 'This server is closing and starts no more commands.');
    const mine = [...this.#all.values()].filter((one) => one.owner.id === owner.id && !one.isOver);
    const { maxShellSessions, shellSessionIdleMs: idleMs } = this.#offered.options;
    if (mine.length >= maxShellSessions) {
      const names = mine.map((one) => `'${one.place.name}' on ${one.place.target}`);
      throw tooManySessions(names, maxShellSessions);
    }
    const { tenant } = owner;
    const { isDefault: _, ...how } = begin;
    const session: NamedSession = new NamedSession({
      owner,
      place,
      begin,
      idleMs,
      lifeMs: maxTimeoutMs,
      open: (signal) => executor.openSession({ ...how, ...(tenant !== undefined && { tenant }), signal }),
    });
    const key = keyOf(owner, place);
    this.#all.set(key, session);
    this.#own.set(session, executor);
    // What did not open never was.
    session.opened.catch(() => this.#forget(key, session));
    this.#forgetOldest();
    return session;
  }

  #drop(session: NamedSession): void {
    this.#forget(keyOf(session.owner, session.place), session);
  }

  #forget(key: string, session: NamedSession): void {
    if (this.#all.get(key) === session) this.#all.delete(key);
    this.#own.delete(session);
  }

  #forgetOldest(): void {
    if (this.#all.size <= MAX_REMEMBERED) return;
    for (const [key, session] of this.#all) if (session.isOver) return this.#forget(key, session);
  }
}

/** Until its first command a call that did not see it open may come again. */
function refuseToBeginAgain(session: NamedSession, begin: SessionBegin): void {
  const [option] = Object.keys(begin);
  if (option === undefined || begin.isDefault === true || (session.isFresh && isDeepStrictEqual(begin, session.begin))) return;
  const wrong = `session '${session.place.name}' has begun, and keeps what its commands left`;
  throw invalidOption(option, wrong, 'it in the first call of a session; then cd and export in the command');
}

function keyOf(owner: Owner, { name, target }: SessionPlace): string {
  return JSON.stringify([owner.id, target, name]);
}
