import { ExecError } from '@errand/core';

/** The commands that the tools of one registration have started and not seen end. */
export class Running {
  readonly #stops = new Set<AbortController>();
  readonly #ends = new Set<Promise<unknown>>();
  #closed = false;

  /**
   * Runs `work` with a signal that aborts when one of `cancels` does, or when everything is closed.
   *
   * @throws ExecError `EXEC_CLOSED` after `close()`.
   */
  async run<T>(cancels: readonly AbortSignal[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#closed) throw new ExecError('EXEC_CLOSED', 'This server is closing and starts no more commands.');
    const stop = new AbortController();
    const onCancel = (): void => stop.abort(cancels.find(({ aborted }) => aborted)?.reason);
    if (cancels.some(({ aborted }) => aborted)) onCancel();
    // Not AbortSignal.any: a connection's signal would gather what each of its calls depends on.
    for (const cancel of cancels) cancel.addEventListener('abort', onCancel, { once: true });
    this.#stops.add(stop);
    const end = work(stop.signal);
    this.#ends.add(end);
    try {
      return await end;
    } finally {
      for (const cancel of cancels) cancel.removeEventListener('abort', onCancel);
      this.#stops.delete(stop);
      this.#ends.delete(end);
    }
  }

  /** Ends everything and resolves when it has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    const reason = new ExecError('EXEC_CLOSED', 'The MCP server was closed.');
    for (const stop of this.#stops) stop.abort(reason);
    await Promise.allSettled(this.#ends);
  }
}
