import type { CancelListener, TurnRequest } from '../turn.ts';
import type { Expiring } from './expiries.ts';
import type { Place } from './fair-class.ts';
import type { Granted } from './granted.ts';

/** Who asks for a turn, and what a quota granted. */
export interface Asked {
  readonly request: TurnRequest;
  readonly lease: Granted | undefined;
  readonly since: number | undefined;
}

/** Whom one that waits tells that nobody wants its turn any more. One object for all: a million may wait. */
interface WaitingOwner {
  giveUp(waiting: Waiting, reason: unknown): void;
}

/** One that waits for its turn. */
export class Waiting implements Expiring, CancelListener {
  place = -1;
  in: Place<Waiting> | undefined;
  readonly request: TurnRequest;
  readonly lease: Granted | undefined;
  readonly since: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
  readonly #owner: WaitingOwner;

  constructor(
    owner: WaitingOwner,
    { request, lease, since = performance.now() }: Asked,
    timeoutMs: number,
    resolve: () => void,
    reject: (reason: unknown) => void,
  ) {
    this.#owner = owner;
    this.request = request;
    this.lease = lease;
    this.since = since;
    this.deadline = since + timeoutMs;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** From now on it gives up when its request is cancelled. */
  listen(): void {
    if (this.request.onCancel) return this.request.onCancel(this);
    const { signal } = this.request;
    const tell = (): void => this.cancelled(signal.reason);
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  }

  cancelled(reason: unknown): void {
    this.#owner.giveUp(this, reason);
  }
}
