import { orAborted } from '@errand/core/waiting';
import type { WatchedChannel } from './exec-channel.ts';

/** A line that was opened before its command is there. */
export class LineAhead {
  readonly #line: string;
  readonly #channel: Promise<WatchedChannel>;
  #isOver = false;

  constructor(line: string, channel: Promise<WatchedChannel>) {
    this.#line = line;
    this.#channel = channel;
    const over = (): void => {
      this.#isOver = true;
    };
    channel.then(({ exit }) => exit.then(over, over)).catch(over);
  }

  /** Undefined where it is another line, or has ended. */
  async take(line: string, signal: AbortSignal): Promise<WatchedChannel | undefined> {
    if (line !== this.#line) this.letGo();
    else {
      const channel = await orAborted(this.#channel, signal).catch(() => undefined);
      if (channel && !this.#isOver) {
        channel.watch();
        return channel;
      }
      this.letGo();
    }
    return undefined;
  }

  letGo(): void {
    this.#channel.then(
      ({ stdin, destroy }) => {
        stdin.end();
        destroy();
      },
      () => {},
    );
  }
}
