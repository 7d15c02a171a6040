import { setTimeout as delay } from 'node:timers/promises';
import { orAborted } from '@errand/core/waiting';
import type { SftpSession } from '../sftp-client.ts';
import { ChannelRefused, type ChannelRequest, type SshConnection } from '../ssh-client.ts';
import type { SshChannel } from './ssh-channel.ts';

interface Freed {
  readonly freed: Promise<void>;
}

/** A kind of channel. */
interface Kind<C extends Freed> {
  readonly open: (connection: SshConnection) => Promise<C>;
  /** For one that nobody wants any more. */
  readonly letGo: (channel: C) => void;
}

/** What a pool needs to know. */
export interface PoolOptions {
  /** Opens one more connection; rejects with an `ExecError`, or the reason of `signal`. */
  readonly open: (signal: AbortSignal) => Promise<SshConnection>;
  readonly maxConnections: number;
  /** Milliseconds after which a connection that nobody uses is closed. */
  readonly idleMs: number;
}

/**
 * Channels in flight on a connection. A server allows ten by default, but gives one free a moment after it was closed: of six at once
 * some are refused, of five none were.
 */
const CHANNELS = 5;
/** So many connections are opened at once: servers drop more (MaxStartups 10:30:100). */
const OPENING = 3;
/**
 * A channel that is refused where no other is open is tried again after these, since the last one may still be closing there; so is one
 * that was opened for nothing, since the host may have room for another process by then.
 */
const AGAIN_MS = [20, 50, 100, 200, 400];
/** Where one more connection could not be opened beside others, the next try comes after this. */
const REOPEN_MS = 1_000;
/** So many channels after one was refused, one more at once is tried again: what was refused may have been only late. */
const TRUST_AGAIN = 200;

/** A connection, and how many channels of ours it has. */
interface Member {
  readonly connection: SshConnection;
  used: number;
  /** Learnt downwards; after many channels that were not refused it is tried again whether there may be one more. */
  budget: number;
  /** Channels since the last that was refused. */
  served: number;
  idle: NodeJS.Timeout | undefined;
  /** It is being closed, since nobody used it. */
  isRetired: boolean;
}

interface Waiter {
  readonly resolve: (member: Member) => void;
  readonly reject: (reason: unknown) => void;
}

/** The connections to one host, opened when they are needed. Channels are given out in the order in which they were asked for. */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #members = new Set<Member>();
  readonly #waiters = new Set<Waiter>();
  readonly #closing = new AbortController();
  readonly #opensNoMore = new AbortController();
  readonly #openings = new Set<Promise<void>>();
  #opening = 0;
  #again: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * Runs a line in a channel of its own. It must do nothing by itself, before it is written to: where it is not known whether it was run,
   * since the connection was lost, it is run again on another one.
   *
   * @throws ExecError, ChannelRefused, or the reason of `signal`
   */
  exec(request: ChannelRequest, signal: AbortSignal): Promise<SshChannel> {
    return this.#open({ open: (connection) => connection.exec(request), letGo: letGoOf }, signal);
  }

  /**
   * The SFTP subsystem in a channel of its own.
   *
   * @throws ExecError, ChannelRefused, or the reason of `signal`
   */
  sftp(signal: AbortSignal): Promise<SftpSession> {
    return this.#open({ open: (connection) => connection.sftp(), letGo: (session) => session.end() }, signal);
  }

  /** Why who asked for a channel still waits, to go on a sentence; undefined where a connection may yet bring one. */
  get waitsFor(): string | undefined {
    const { maxConnections } = this.#options;
    if (this.#waiters.size === 0 || this.#members.size < maxConnections) return undefined;
    let channels = 0;
    for (const { budget } of this.#members) channels += budget;
    const connections = maxConnections === 1 ? '1 connection' : `${maxConnections} connections`;
    return `all channels are taken (${channels} on ${connections}: MaxSessions there, maxConnections here), one of them by what guards the commands`;
  }

  async #open<C extends Freed>(kind: Kind<C>, signal: AbortSignal): Promise<C> {
    let refusals = 0;
    for (;;) {
      const member = await this.#take(signal);
      try {
        const channel = await this.#openChannel(member, kind, signal);
        served(member);
        channel.freed.then(() => this.#give(member));
        return channel;
      } catch (fault) {
        if (signal.aborted) throw signal.reason;
        const { isLost } = member.connection;
        // Nobody knows how many it allows until it refuses one. Where ours is the only one, an earlier one may still be closing there.
        const isAlone = member.used === 1;
        const isCrowded = fault instanceof ChannelRefused && fault.isCrowded && !isAlone;
        if (isCrowded && !isLost) refusedOne(member);
        const pause = isCrowded && !isLost ? 0 : AGAIN_MS[refusals++];
        if (pause === undefined || !(isLost || fault instanceof ChannelRefused)) {
          this.#give(member);
          throw fault;
        }
        await delay(pause);
        this.#give(member);
      }
    }
  }

  /**
   * Before `close`, while what runs is being ended: a connection that does not answer is given up, and no other is opened in its place, since
   * nobody waits for a network that is gone.
   */
  willClose(reason: Error): void {
    for (const { connection } of this.#members) {
      connection.mustAnswer();
      connection.loss.when(() => this.#stopOpening(reason));
    }
    if (this.#opening > 0) this.#stopOpening(reason);
  }

  #stopOpening(reason: Error): void {
    this.#opensNoMore.abort(reason);
    clearTimeout(this.#again);
    this.#serve();
  }

  /** Ends all connections, whatever runs on them. */
  async close(reason: Error): Promise<void> {
    this.#closing.abort(reason);
    this.#stopOpening(reason);
    this.#refuse(reason);
    await Promise.all([...this.#openings, ...[...this.#members].map(({ connection }) => connection.end())]);
  }

  /** A frozen server answers late or never: then the channel that still comes is closed, and is the member's until that. */
  async #openChannel<C extends Freed>(member: Member, { open, letGo }: Kind<C>, signal: AbortSignal): Promise<C> {
    const opening = open(member.connection);
    try {
      return await orAborted(opening, signal);
    } catch (fault) {
      const close = (channel: C): Promise<void> => {
        letGo(channel);
        return channel.freed;
      };
      if (signal.aborted) opening.then(close, () => {}).then(() => this.#give(member));
      throw fault;
    }
  }

  #take(signal: AbortSignal): Promise<Member> {
    const { promise, resolve, reject } = Promise.withResolvers<Member>();
    if (signal.aborted || this.#closing.signal.aborted) return Promise.reject(signal.aborted ? signal.reason : this.#closing.signal.reason);
    const abort = (): void => {
      this.#waiters.delete(waiter);
      reject(signal.reason);
    };
    const over = (): void => signal.removeEventListener('abort', abort);
    const waiter: Waiter = { resolve, reject };
    signal.addEventListener('abort', abort, { once: true });
    promise.then(over, over);
    this.#waiters.add(waiter);
    this.#serve();
    return promise;
  }

  #give(member: Member): void {
    member.used -= 1;
    this.#serve();
    this.#watchIdle(member);
  }

  #watchIdle(member: Member): void {
    clearTimeout(member.idle);
    if (member.used > 0 || member.connection.isLost) return;
    const retire = (): void => {
      // It stays known until it is gone.
      member.isRetired = true;
      void member.connection.end();
    };
    member.idle = setTimeout(retire, this.#options.idleMs).unref();
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      const member = this.#free();
      if (!member) break;
      clearTimeout(member.idle);
      member.used += 1;
      this.#waiters.delete(waiter);
      waiter.resolve(member);
    }
    while (this.#waiters.size > this.#opening * CHANNELS && this.#opening < OPENING && this.#mayOpen()) {
      const opening = this.#connect().finally(() => this.#openings.delete(opening));
      this.#openings.add(opening);
    }
    const { aborted, reason } = this.#opensNoMore.signal;
    if (aborted && this.#members.size + this.#opening === 0) this.#refuse(reason);
  }

  /** The one that is used the most, so that others become idle. */
  #free(): Member | undefined {
    let found: Member | undefined;
    for (const member of this.#members) {
      if (member.used < member.budget && !member.isRetired && !member.connection.isLost && (!found || member.used > found.used))
        found = member;
    }
    return found;
  }

  #mayOpen(): boolean {
    return !this.#again && !this.#opensNoMore.signal.aborted && this.#members.size + this.#opening < this.#options.maxConnections;
  }

  async #connect(): Promise<void> {
    this.#opening += 1;
    try {
      const connection = await this.#options.open(this.#opensNoMore.signal);
      this.#opening -= 1;
      if (this.#closing.signal.aborted) return connection.end();
      const member: Member = { connection, used: 0, budget: CHANNELS, served: 0, idle: undefined, isRetired: false };
      this.#members.add(member);
      connection.loss.when(() => {
        clearTimeout(member.idle);
        this.#members.delete(member);
        this.#serve();
      });
      this.#serve();
      this.#watchIdle(member);
    } catch (fault) {
      this.#opening -= 1;
      if (this.#members.size + this.#opening === 0) return this.#refuse(fault);
      // There are others, which may have room soon.
      this.#again = setTimeout(() => {
        this.#again = undefined;
        this.#serve();
      }, REOPEN_MS).unref();
      this.#serve();
    }
  }

  #refuse(reason: unknown): void {
    for (const { reject } of this.#waiters) reject(reason);
    this.#waiters.clear();
  }
}

function letGoOf({ stdout, stderr, destroy }: SshChannel): void {
  for (const stream of [stdout, stderr]) stream.resume();
  destroy();
}

function served(member: Member): void {
  member.served += 1;
  if (member.served < TRUST_AGAIN || member.budget >= CHANNELS) return;
  member.served = 0;
  member.budget += 1;
}

/** With this one there were too many. */
function refusedOne(member: Member): void {
  member.served = 0;
  member.budget = Math.max(1, Math.min(member.budget, member.used - 1));
}
