import { statSync } from 'node:fs';
import { hasTerminal } from './hang-up.ts';

/** Linux gives files times no finer. */
const TICK_MS = 20;

/** What is asked of a server while it starts, and nothing listens yet: SIGHUP would end it, and a change of its file would not be seen. */
export class EarlyChanges {
  /** It may close before the server is there. */
  readonly hadTerminal: boolean = hasTerminal();
  readonly #since = Date.now() - TICK_MS;
  #hungUp = false;

  constructor() {
    process.on('SIGHUP', this.#onHangUp);
  }

  /** Passes a SIGHUP on to those that listen by now. */
  hangUpNow(): void {
    this.stop();
    if (this.#hungUp) process.emit('SIGHUP', 'SIGHUP');
  }

  stop(): void {
    process.off('SIGHUP', this.#onHangUp);
  }

  /** Whether a file may have changed since. */
  mayHaveChanged(file: string): boolean {
    const found = statSync(file, { throwIfNoEntry: false });
    return found === undefined || found.ctimeMs >= this.#since;
  }

  readonly #onHangUp = (): void => {
    this.#hungUp = true;
  };
}
