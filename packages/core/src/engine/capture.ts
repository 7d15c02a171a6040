import type { Readable } from 'node:stream';
import type { OutputLog } from './output-log.ts';

/** How far an attached reader may fall behind before the command is held back. */
const MAX_LAG_BYTES = 131_072;

/** What a capture tells, and asks. */
export interface CaptureEvents {
  readonly onData: (chunk: Buffer, offset: number) => void;
  /** A reader that held the process back does so no more. */
  readonly onResume: () => void;
  readonly nextOrder: () => number;
  /** How many bytes of the stream nobody kept. */
  readonly dropped?: () => Promise<number>;
}

/** Reads a process's stream into a log, and holds the process back while an attached reader is behind. */
export class Capture {
  readonly ended: Promise<void>;
  readonly #source: Readable;
  readonly #log: OutputLog;
  #paused = false;

  readonly #onResume: () => void;

  constructor(source: Readable, log: OutputLog, { onData, onResume, nextOrder, dropped }: CaptureEvents) {
    this.#onResume = onResume;
    this.#source = source;
    this.#log = log;
    log.onAdvance = () => this.#regulate();
    source.on('data', (chunk: Buffer) => {
      const offset = log.base + log.totalBytes;
      log.append(chunk, nextOrder());
      onData(chunk, offset);
      this.#regulate();
    });
    this.ended = new Promise((resolve) => {
      let over = false;
      const end = async (): Promise<void> => {
        if (over) return;
        over = true;
        if (dropped) log.cut(await dropped());
        log.end();
        resolve();
      };
      // A stream that fails (a connection that broke) ends here too; how the command ended is told by its exit.
      source.once('end', end).once('close', end).on('error', end);
    });
  }

  /** Whether a reader holds the process back now. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Stops reading: a process that kept the other end finds it closed. */
  stop(): void {
    this.#source.destroy();
  }

  #regulate(): void {
    const behind = this.#log.lag > MAX_LAG_BYTES;
    // Node resumes a child's unread pipes by itself at exit, so a pause is said again whenever data came.
    const resumes = this.#paused && !behind;
    this.#paused = behind;
    if (behind) this.#source.pause();
    if (!resumes) return;
    this.#onResume();
    this.#source.resume();
  }
}
