import type { CancelListener } from '../turn.ts';

/** Keeps a command from starting. The signal is made when somebody asks for it: a million commands may wait, and each has 0.7 KB of it. */
export class StartAbort {
  aborted = false;
  reason: unknown;
  #controller: AbortController | undefined;
  #listener: CancelListener | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.aborted) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }

  /** The first reason counts. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#controller?.abort(reason);
    this.#listener?.cancelled(reason);
  }

  /** Tells one listener, the last; at once where it is aborted. */
  onAbort(listener: CancelListener): void {
    this.#listener = listener;
    if (this.aborted) listener.cancelled(this.reason);
  }
}
