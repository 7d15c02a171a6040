import type { ExecResult, Execution, OutputChunk } from '@errand/core';
import { showOutput } from '../shown-output.ts';
import { endWithout, type JobEnd, type JobRecord, toJobEnd } from './job-record.ts';
import type { JobStore } from './job-store.ts';
import { KeptStream } from './output/kept-stream.ts';
import { NewestLine } from './output/newest-line.ts';
import type { Owner } from './owner.ts';

type Stream = OutputChunk['stream'];

export interface LiveJobParts {
  readonly owner: Owner;
  readonly record: JobRecord;
  readonly execution: Execution;
  /** Ends the execution. */
  readonly stop: AbortController;
  /** Bytes of each stream that the reply to the call shows. */
  readonly shownBytes: number;
  readonly maxBytes: number;
  readonly hasOpenStdin: boolean;
  readonly store: JobStore;
}

/**
 * A command that this process runs. It becomes a job, which has a record and files, when its caller is not told all at once: where it
 * runs on after the reply, or wrote more, or other things, than a reply shows.
 */
export class LiveJob {
  readonly owner: Owner;
  readonly execution: Execution;
  readonly streams: Readonly<Record<Stream, KeptStream>>;
  /** What it wrote last. */
  readonly newest: NewestLine = new NewestLine();
  /** How it ended, with its record written. Rejects when it certainly did not start; never an unhandledRejection. */
  readonly ended: Promise<ExecResult>;
  record: JobRecord;
  readonly #parts: LiveJobParts;
  #shownBytes: number;
  #holders = 0;
  #isKept = false;
  #recording: Promise<void> | undefined;
  #isRecorded = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: LiveJobParts) {
    this.#parts = parts;
    this.owner = parts.owner;
    this.record = parts.record;
    this.execution = parts.execution;
    this.#shownBytes = parts.shownBytes;
    this.streams = { stdout: new KeptStream('stdout', parts.maxBytes), stderr: new KeptStream('stderr', parts.maxBytes) };
    this.ended = this.#live();
    this.ended.catch(() => {});
  }

  /** Whether it can be found by its id. */
  get isJob(): boolean {
    return this.#isRecorded;
  }

  get hasEnded(): boolean {
    return this.record.end !== undefined;
  }

  /** Whether it goes on without a call that waits for it. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Whether it was started so that it can be written to. */
  get hasOpenStdin(): boolean {
    return this.#parts.hasOpenStdin;
  }

  get isStopping(): boolean {
    return this.#parts.stop.signal.aborted;
  }

  /** A call waits for it and shows so much of each stream. */
  hold(shownBytes: number): void {
    this.#holders += 1;
    this.#shownBytes = Math.min(this.#shownBytes, shownBytes);
  }

  /** A call was cancelled: with the last one the command ends, unless it became a job that goes on. */
  release(reason: unknown): void {
    this.#holders -= 1;
    if (this.#holders === 0 && !this.#isKept) this.#parts.stop.abort(reason);
  }

  /** It goes on without a call that waits for it. */
  async keep(): Promise<void> {
    this.#isKept = true;
    await this.#becomeJob();
  }

  end(reason: unknown): void {
    this.#parts.stop.abort(reason);
  }

  async #live(): Promise<ExecResult> {
    const pump = this.#pump();
    try {
      const result = await this.execution.result;
      await pump;
      await this.#endStreams(result);
      if (this.#isKept || this.#isRecorded || !showsAll(result, this.#shownBytes)) await this.#becomeJob();
      await this.#close(toJobEnd(result, this.#keptBytes));
      return result;
    } catch (fault) {
      await pump;
      await this.#close(endWithout({ stdoutBytes: 0, stderrBytes: 0, keptBytes: 0 }, { fault }));
      throw fault;
    }
  }

  /** The command waits while this is behind, so that memory is bounded and nothing is lost. */
  async #pump(): Promise<void> {
    try {
      for await (const { stream, data, offset } of this.execution) {
        this.newest.add(stream, data);
        if (!this.#recording && offset + data.length > this.#shownBytes) await this.#becomeJob();
        await this.#alone(() => this.streams[stream].write(data, offset));
      }
    } catch {
      // What did not start has no output; its result says why.
    }
  }

  async #endStreams({ stdout, stderr }: ExecResult): Promise<void> {
    await this.#alone(async () => {
      await this.streams.stdout.end(stdout.totalBytes);
      await this.streams.stderr.end(stderr.totalBytes);
    });
  }

  get #keptBytes(): number {
    return this.streams.stdout.keptBytes + this.streams.stderr.keptBytes;
  }

  #becomeJob(): Promise<void> {
    this.#recording ??= this.#alone(async () => {
      const { store, owner } = this.#parts;
      // Where nothing can be written the command still runs; then what does not fit into the reply is gone.
      const isRecorded = await store.save(owner, this.record).then(
        () => true,
        () => false,
      );
      const directory = store.directory(owner, this.record.id);
      await this.streams.stdout.spill(directory);
      await this.streams.stderr.spill(directory);
      // Only now is everything where a reader looks.
      this.#isRecorded = isRecorded;
    });
    return this.#recording;
  }

  async #close(end: JobEnd): Promise<void> {
    this.record = { ...this.record, end };
    await this.#recording?.catch(() => {});
    if (!this.#isRecorded) return;
    this.#isRecorded = await this.#parts.store.save(this.owner, this.record).then(
      () => true,
      () => false,
    );
  }

  /** Nothing is written while what was is put into files. */
  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(work);
    this.#writing = done.catch(() => {});
    return done;
  }
}

/** Whether a reply says all that the command wrote. */
function showsAll({ stdout, stderr }: ExecResult, bytes: number): boolean {
  return [stdout, stderr].every((output) => {
    const { omittedBytes, invalidUtf8, hadControls } = showOutput(output, bytes);
    return omittedBytes === 0 && !invalidUtf8 && !hadControls;
  });
}
