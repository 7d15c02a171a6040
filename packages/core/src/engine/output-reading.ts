import type { DriverProcess } from '../driver.ts';
import type { OutputChunk } from '../output.ts';
import { Capture } from './capture.ts';
import type { OutputLog } from './output-log.ts';

/** Who is told of a command's output. */
export interface OutputListeners {
  readonly onOutput: ((chunk: OutputChunk) => unknown) | undefined;
  /** `onOutput` threw, or what it returned rejected. */
  readonly onFault: (error: unknown) => void;
  /** There was output, or a reader lets the command go on. */
  readonly onActivity: () => void;
}

/** Reads both streams of a process into its logs, in the order in which their pieces arrive. */
export class OutputReading {
  /** By `performance.now()`. */
  lastByteAt = 0;
  readonly captures: readonly Capture[];
  readonly #listeners: OutputListeners;
  #pieces = 0;

  constructor(process: DriverProcess, logs: Readonly<Record<OutputChunk['stream'], OutputLog>>, listeners: OutputListeners) {
    this.#listeners = listeners;
    this.captures = (['stdout', 'stderr'] as const).map((stream) => {
      const onData = (data: Buffer, offset: number): void => this.#heard({ stream, data, offset });
      return new Capture(process[stream], logs[stream], {
        onData,
        onResume: listeners.onActivity,
        nextOrder: () => this.#pieces++,
        ...(process.dropped && { dropped: () => process.dropped?.(stream) ?? Promise.resolve(0) }),
      });
    });
  }

  /** Resolves when both streams have ended. */
  get ended(): Promise<unknown> {
    return Promise.all(this.captures.map((capture) => capture.ended));
  }

  /** Whether a reader holds the command back now. */
  get held(): boolean {
    return this.captures.some((capture) => capture.paused);
  }

  #heard(chunk: OutputChunk): void {
    this.lastByteAt = performance.now();
    this.#listeners.onActivity();
    try {
      const returned = this.#listeners.onOutput?.(chunk);
      if (returned instanceof Promise) returned.catch(this.#listeners.onFault);
    } catch (error) {
      this.#listeners.onFault(error);
    }
  }
}
