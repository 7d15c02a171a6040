import type { DriverProcess, ProcessExit } from '../driver.ts';

/** How long the end of a process may be told after all that can be done to end it was. */
const UNSEEN_MS = 5_000;
/** Counted in steps: a client that was blocked for a while hears first what came meanwhile. */
const STEP_MS = 100;
const UNSEEN = 'it was ended, and nobody told of its end';

/** The exit of a process, which is not waited for without end once it was ended. */
export class ExitWatch {
  /** Rejects where nobody can know it, or tells it. */
  readonly exit: Promise<ProcessExit>;
  readonly #process: DriverProcess;
  readonly #giveUp: (reason: Error) => void;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(process: DriverProcess) {
    const given = Promise.withResolvers<never>();
    this.#process = process;
    this.#giveUp = given.reject;
    this.exit = Promise.race([process.exit, given.promise]).finally(() => {
      this.#isOver = true;
      clearTimeout(this.#timer);
    });
  }

  /** All that can be done to end it was done. */
  expect(): void {
    this.#step(UNSEEN_MS);
  }

  #step(leftMs: number): void {
    if (this.#isOver) return;
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#step(leftMs - STEP_MS), STEP_MS).unref();
      return;
    }
    this.#giveUp(new Error(UNSEEN));
    this.#process.letGo?.(UNSEEN);
  }
}
