import type { AdmissionRequest, Usage } from './quota.ts';

/** Hears that nobody wants a turn any more. */
export interface CancelListener {
  cancelled(reason: unknown): void;
}

/** Who waits for a turn, and until when it is wanted. */
export interface TurnRequest extends AdmissionRequest {
  readonly priority?: 'high' | 'normal' | 'low' | number | undefined;
  readonly queueTimeoutMs?: number | undefined;
  /** Aborts when nobody wants the turn any more, since the command was cancelled. Like `released`, a copy of the request may lack it. */
  readonly signal: AbortSignal;
  /** Where it must not have its turn before something else: what resolves then. The turn is kept from it besides. */
  readonly after?: Promise<void>;
  /** Does what a listener of `signal` would, for one listener, and without a signal: where a million wait, these would be most of it. */
  onCancel?(listener: CancelListener): void;
  /**
   * Resolves when the command's process is gone for sure, or a detached one was let go of, with what it used, or with `undefined` when it certainly did not start: then
   * the turn is over. Never rejects.
   */
  readonly released: Promise<Usage | undefined>;
}

/**
 * Lets commands wait. It is called once for each, as it is submitted, which stays `queued` and unsent until it resolves; where it rejects, nothing was
 * started and `result` rejects with its reason. `queued(…)` is made of it.
 */
export type Turn = (request: TurnRequest) => Promise<void>;
