import type { StreamName } from '@errand/core/frames';
import { OutputStream } from '@errand/core/waiting';

/** What is kept for a reader who holds back a command that is being ended; more is counted. */
const MAX_UNTAKEN_BYTES = 1_048_576;

/** Both streams of a Job's command, as they come out of its log or its spools. */
export class JobOutput {
  readonly stdout: OutputStream = new OutputStream();
  readonly stderr: OutputStream = new OutputStream();
  /** Resolves once nothing comes any more: one stream tells the exit, and of the other much may be to come. */
  readonly delivered: Promise<void>;
  readonly #delivered = Promise.withResolvers<void>();
  readonly #over = { stdout: false, stderr: false };
  readonly #omitted = { stdout: 0, stderr: 0 };
  readonly #unwanted: Record<StreamName, number>;
  #isHeld = true;

  /** @param from How many bytes at the beginning of each stream are not wanted. */
  constructor(from: Partial<Readonly<Record<StreamName, number>>> = {}) {
    this.#unwanted = { stdout: 0, stderr: 0, ...from };
    this.delivered = this.#delivered.promise;
  }

  /** Whether both streams have told their end. */
  get isOver(): boolean {
    return this.#over.stdout && this.#over.stderr;
  }

  give(name: StreamName, bytes: Uint8Array): void {
    const stream = this[name];
    const data = bytes.subarray(this.#unwanted[name]);
    this.#unwanted[name] -= bytes.length - data.length;
    if (data.length === 0) return;
    if (!this.#isHeld && (this.#omitted[name] > 0 || stream.readableLength > MAX_UNTAKEN_BYTES)) this.#omitted[name] += data.length;
    else stream.give(data);
  }

  /** Resolves when more is wanted: both streams wait while one has no reader. */
  async taken(): Promise<void> {
    for (const stream of [this.stdout, this.stderr]) await stream.wanted();
  }

  /** It is being ended: its end comes behind what its readers did not take. */
  readOn(): void {
    this.#isHeld = false;
    for (const stream of [this.stdout, this.stderr]) stream.readOn();
  }

  /** Bytes that came and were not given, since nobody took them. */
  omitted(name: StreamName): number {
    return this.#omitted[name];
  }

  /** That stream has told its end. */
  end(name: StreamName): void {
    this.#over[name] = true;
    this[name].end();
    if (this.isOver) this.#delivered.resolve();
  }

  /** Nobody follows it any more. */
  close(): void {
    this.stdout.end();
    this.stderr.end();
    this.#delivered.resolve();
  }
}
