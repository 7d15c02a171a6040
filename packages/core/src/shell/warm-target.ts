import type { ByteChannel, KillScope, ProcessRequest } from '../driver.ts';
import type { Signal } from '../result.ts';
import type { Registration, ReleaseOptions } from '../supervisor/registration.ts';

/** A shell on the target that ends with this client, however that ends. */
export interface GuardedChannel extends ByteChannel {
  /** A statement of sh after which it does not: for one that becomes something with a guardian of its own. Absent: nothing is needed. */
  readonly unguarding?: string;
  /**
   * Resolves once a sh has answered, so that what is sent is read by one: an account may have something else in its place. Rejects with
   * `NotStarted` where none did, and nothing that was sent is done; with another fault where that is not known. Absent: it is a sh.
   */
  readonly greeted?: Promise<void>;
}

/** What warm shells need of the driver whose commands they run. */
export interface WarmTarget {
  /** A plain POSIX sh with the target's own environment; it leads a process group of its own. */
  openShell(signal: AbortSignal): Promise<GuardedChannel>;
  /** What commands have in their environment besides that shell's, beneath their own; absent: nothing. Rejects as `openShell` does. */
  base?(signal: AbortSignal): Promise<Readonly<Record<string, string | undefined>>>;
  readonly supervisor: Guard;
  /** Whether commands register themselves with the supervisor before they run; otherwise this client does it soon after. */
  readonly registers: boolean;
  /** Where a session begins that was asked for this directory, as the target's own shells are told. */
  directory(cwd: string | undefined): string | undefined;
  /** For how long the start of a process kept this one from all else, lately, in milliseconds; absent: not worth the name. */
  readonly startMs?: () => number;
  /** The request with everything said that a shell opened earlier would not know; undefined where that cannot be said. */
  complete(request: ProcessRequest): ProcessRequest | undefined;
}

/** What they need of its `Supervisor`. */
export interface Guard {
  ready(): Promise<string>;
  missed(inbox: string): Promise<void>;
  register(registration: Registration): void;
  adopt(registration: Registration, inbox: string): void;
  ending(key: string): void;
  release(key: string, options?: ReleaseOptions): void;
  connectionLost(key: string): boolean;
  signal(key: string, signal: Signal | 'SIG0', scope: KillScope): Promise<boolean>;
}
