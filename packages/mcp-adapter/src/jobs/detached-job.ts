import type { AttachOptions, DetachedExecution, Execution, Executor, OutputChunk, Signal } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { bytesOf, type FoundJob, type JobStatus } from './found-job.ts';
import { mayRun } from './job-host.ts';
import { endWithout, type JobEnd, type JobRecord, toJobEnd } from './job-record.ts';
import type { RawPage } from './output/read-segments.ts';
import { until } from './until.ts';

type Stream = OutputChunk['stream'];

export interface DetachedJobParts {
  readonly record: JobRecord;
  /** @throws ExecError `EXEC_NOT_FOUND` where its target is offered no more */
  readonly executor: () => Executor;
  /** While it has not started: what was submitted. */
  readonly starting?: Execution | undefined;
  /** To be called when its end is known, which its record then says. */
  readonly onEnd: (record: JobRecord) => Promise<void>;
  /** What its target lists; one answer may serve several jobs. */
  readonly list: () => Promise<readonly DetachedExecution[]>;
}

/**
 * A job that runs on its own: its target keeps its output, and nothing here is needed for it to go on. So nothing is copied either: it
 * is asked for when somebody reads.
 */
export class DetachedJob implements FoundJob {
  record: JobRecord;
  readonly #parts: DetachedJobParts;

  constructor(parts: DetachedJobParts) {
    this.#parts = parts;
    this.record = parts.record;
  }

  async status(): Promise<JobStatus> {
    const { end } = this.record;
    if (end) return { state: 'ended', stdoutBytes: end.stdoutBytes, stderrBytes: end.stderrBytes, end };
    const { starting } = this.#parts;
    if (starting && (starting.state === 'queued' || starting.state === 'starting'))
      return { state: starting.state, stdoutBytes: 0, stderrBytes: 0 };
    const found = await this.#ask();
    if (!found && this.#startsElsewhere) return { state: 'starting', stdoutBytes: 0, stderrBytes: 0 };
    if (found?.state === 'running') return { state: 'running', stdoutBytes: found.stdoutBytes, stderrBytes: found.stderrBytes };
    const known = await this.#learnEnd(found);
    return { state: 'ended', stdoutBytes: known.stdoutBytes, stderrBytes: known.stderrBytes, end: known };
  }

  async read(stream: Stream, offset: number, maxBytes: number): Promise<RawPage> {
    const status = await this.status();
    const kept = bytesOf(await this.#keptOf(status), stream);
    const total = bytesOf(status, stream);
    const ended = status.state === 'ended';
    if (offset >= kept) return { offset: Math.max(offset, total), bytes: Buffer.alloc(0), isLast: ended };
    const bytes = await this.#bytes(stream, offset, Math.min(maxBytes, kept - offset));
    return { offset, bytes, isLast: ended && offset + bytes.length >= kept };
  }

  async waitBeyond(stream: Stream, offset: number, signal: AbortSignal): Promise<void> {
    const status = await this.status();
    if (status.state === 'ended' || bytesOf(status, stream) > offset) return;
    await this.#following(offsetsFrom(status), async (execution) => {
      const { promise: told, resolve } = Promise.withResolvers<void>();
      execution[stream].once('data', () => resolve()).on('error', () => {});
      await until(Promise.race([told, execution.result]), signal);
    });
  }

  async waitEnd(signal: AbortSignal): Promise<void> {
    const status = await this.status();
    if (status.state === 'ended') return;
    await this.#following(offsetsFrom(status), (execution) => until(execution.result, signal));
  }

  async kill(signal: Signal | undefined): Promise<void> {
    const { starting } = this.#parts;
    if (starting && starting.state !== 'ended' && starting.state !== 'running') return await starting.kill(signal);
    const status = await this.status();
    if (status.state === 'ended') return;
    await this.#following(offsetsFrom(status), (execution) => execution.kill(signal));
  }

  async writeStdin(): Promise<void> {
    throw invalidOption('job_id', 'a background job has no open stdin', 'a running job that was started with stdin_open');
  }

  /** Another server over the same directory has yet to submit it. */
  get #startsElsewhere(): boolean {
    const { isSubmitted, host } = this.record;
    return !isSubmitted && host.pid !== process.pid && mayRun(host);
  }

  async #ask(): Promise<DetachedExecution | undefined> {
    return (await this.#parts.list()).find(({ id }) => id === this.record.id);
  }

  /** What its target has kept; of one that ended that is asked for once more. */
  async #keptOf(status: JobStatus): Promise<Pick<JobStatus, 'stdoutBytes' | 'stderrBytes'>> {
    if (status.state !== 'ended') return status;
    return (await this.#ask()) ?? { stdoutBytes: 0, stderrBytes: 0 };
  }

  async #learnEnd(found: DetachedExecution | undefined): Promise<JobEnd> {
    const end = found ? await this.#endOf(found) : lost();
    this.record = { ...this.record, end };
    await this.#parts.onEnd(this.record);
    return end;
  }

  /** What is behind all that was kept was counted. */
  async #endOf({ stdoutBytes, stderrBytes }: DetachedExecution): Promise<JobEnd> {
    return await this.#following(offsetsFrom({ stdoutBytes, stderrBytes }), async (execution) => {
      const end = toJobEnd(await execution.result, 0);
      return { ...end, stdoutBytes: stdoutBytes + end.stdoutBytes, stderrBytes: stderrBytes + end.stderrBytes };
    });
  }

  async #bytes(stream: Stream, offset: number, wanted: number): Promise<Buffer> {
    // Of the other one nothing: all of it might come first.
    const from = { stdoutOffset: Number.MAX_SAFE_INTEGER, stderrOffset: Number.MAX_SAFE_INTEGER, [`${stream}Offset`]: offset };
    return await this.#following(from, async (execution) => {
      const parts: Buffer[] = [];
      let count = 0;
      for await (const part of execution[stream] as AsyncIterable<Buffer>) {
        parts.push(part);
        count += part.length;
        if (count >= wanted) break;
      }
      return Buffer.concat(parts).subarray(0, wanted);
    });
  }

  async #following<T>(from: AttachOptions, work: (execution: Execution) => Promise<T>): Promise<T> {
    const execution = await this.#parts.executor().attach(this.record.id, from);
    try {
      return await work(execution);
    } finally {
      // Lets go of it: the command goes on.
      await execution[Symbol.asyncDispose]();
    }
  }
}

function offsetsFrom({ stdoutBytes, stderrBytes }: Pick<JobStatus, 'stdoutBytes' | 'stderrBytes'>): AttachOptions {
  return { stdoutOffset: stdoutBytes, stderrOffset: stderrBytes };
}

function lost(): JobEnd {
  const reason = 'its target knows nothing of it: it never started, or was removed there';
  return endWithout({ stdoutBytes: 0, stderrBytes: 0, keptBytes: 0 }, { reason });
}
