import { ExecError } from '@errand/core';
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  retry,
  wrap,
} from 'cockatiel';
import type { SshConnection } from '../ssh-client.ts';
import { isFull, isTransient } from '../ssh-errors.ts';

/** A host that did not answer so often in a row is left alone for a while: whoever asks meanwhile is told at once. */
const FAILURES = 5;
const REST_MS = 10_000;
/** Tries for one connection, with pauses between them that double from the first on. */
const TRIES = 4;
const FIRST_PAUSE_MS = 100;
/** So many where others keep the host busy: some ten seconds, in which it sees a few connections of ours and no storm. */
const TRIES_WHERE_FULL = 10;
const LONGEST_PAUSE_MS = 2_000;

/** Opens connections, and spares a host that is down. */
export class Connector {
  readonly #open: (signal: AbortSignal) => Promise<SshConnection>;
  readonly #policy: IPolicy;
  readonly #where: string;

  /** @param open Rejects with an `ExecError`, or the reason of `signal`. */
  constructor(where: string, open: (signal: AbortSignal) => Promise<SshConnection>) {
    this.#where = where;
    this.#open = open;
    const transient = handleWhen(isTransient);
    const backoff = new ExponentialBackoff({ initialDelay: FIRST_PAUSE_MS, maxDelay: LONGEST_PAUSE_MS });
    this.#policy = wrap(
      circuitBreaker(transient, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES) }),
      retry(
        handleWhen((fault) => isTransient(fault) && !isFull(fault)),
        { maxAttempts: TRIES - 1, backoff },
      ),
      retry(handleWhen(isFull), { maxAttempts: TRIES_WHERE_FULL - 1, backoff }),
    );
  }

  /** @throws ExecError `EXEC_CONNECT`, `EXEC_AUTH`, `EXEC_HOST_KEY`; or the reason of `signal` */
  async open(signal: AbortSignal): Promise<SshConnection> {
    try {
      return await this.#policy.execute(({ signal: either }) => this.#open(either), signal);
    } catch (fault) {
      if (signal.aborted) throw signal.reason;
      if (!(fault instanceof BrokenCircuitError)) throw fault;
      const message = `${this.#where} could not be reached ${FAILURES} times in a row, so it is left alone for up to ${REST_MS / 1000} s. Nothing was started.`;
      throw new ExecError('EXEC_CONNECT', message, { cause: fault, detail: { retryAfterMs: REST_MS } });
    }
  }
}
