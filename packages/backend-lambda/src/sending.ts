import { ExecError, NotStarted } from '@errand/core';
import type { FollowedCommand } from './answer/followed-command.ts';
import type { Answer } from './lambda-client.ts';

/** A request on its way, which may be given up. */
export class Sending {
  readonly #wanted: AbortSignal;
  readonly #tellCancel: (() => Promise<void>) | undefined;
  readonly #controller = new AbortController();
  #hasBegun = false;
  #command: FollowedCommand | undefined;

  constructor(wanted: AbortSignal, { tellCancel }: { readonly tellCancel?: () => Promise<void> }) {
    this.#wanted = wanted;
    this.#tellCancel = tellCancel;
    wanted.addEventListener('abort', this.#giveUp, { once: true });
    if (wanted.aborted) this.#giveUp();
  }

  /** Keeps the request from leaving, or breaks its connection. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  begin(): void {
    this.#hasBegun = true;
  }

  /** The SDK does not look at a signal while it waits for credentials; nothing is sent after that. */
  async orGivenUp(invoking: Promise<Answer>): Promise<Answer> {
    const { signal } = this.#controller;
    const givenUp = Promise.withResolvers<never>();
    const giveUp = (): void => givenUp.reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      return await Promise.race([invoking, givenUp.promise]);
    } catch (fault) {
      invoking.then(
        (answer) => answer.destroy(),
        () => {},
      );
      throw fault;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  follow(command: FollowedCommand): void {
    this.#command = command;
  }

  end(): void {
    this.#wanted.removeEventListener('abort', this.#giveUp);
  }

  /** What became of it where it was given up. */
  faultOf(fault: unknown): Error | undefined {
    if (!this.#controller.signal.aborted) return this.#command ? toError(fault) : undefined;
    if (!this.#hasBegun) return new NotStarted(new ExecError('EXEC_CLOSED', 'The command was given up before it was sent.'));
    return new Error('it was sent already, and its deadline ends it in its function');
  }

  /** What was sent is told to the function where that can be, and waited for. */
  readonly #giveUp = (): void => {
    if (!this.#hasBegun || !this.#tellCancel) this.#controller.abort();
    else if (!this.#command) this.#tellCancel().catch(() => this.#controller.abort());
    if (this.#hasBegun) this.#command?.cancel();
  };
}

function toError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}
