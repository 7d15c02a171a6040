import type { AttachOptions, DetachedExecution, Execution, Executor, OutputChunk, Signal } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { bytesOf, type FoundJob, type JobStatus } from './found-job.ts';
import { mayRun } from './job-host.ts';
import { endWithout, type JobEnd, type JobRecord, toJobEnd } from './job-record.ts';
import type { RawPage } from './output/read-segments.ts';
import { until } from './until.ts';
import { whenRunning } from './when-running.ts';

type Stream = OutputChunk['stream'];

const NOTHING = { stdoutBytes: 0, stderrBytes: 0, keptBytes: 0 };
const LOST = 'its target knows nothing of it: it never started, or was removed there';

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
  /** What its target listed of it, until something was waited for. */
  #listed: Promise<DetachedExecution | undefined> | undefined;

  constructor(parts: DetachedJobParts) {
    this.#parts = parts;
    this.record = parts.record;
  }

  async status(): Promise<JobStatus> {
    if (this.record.end) return ended(this.record.end);
    const { starting } = this.#parts;
    if (starting && isWaiting(starting)) return { state: starting.state, stdoutBytes: 0, stderrBytes: 0 };
    const fault = await this.#startFault();
    if (fault) return ended(await this.#learn(endWithout(NOTHING, fault)));
    const found = await this.#ask();
    if (!found && this.#startsElsewhere) return { state: 'starting', stdoutBytes: 0, stderrBytes: 0 };
    if (found?.state === 'running') return { state: 'running', stdoutBytes: found.stdoutBytes, stderrBytes: found.stderrBytes };
    return ended(await this.#learn(found ? await this.#endOf(found) : endWithout(NOTHING, { reason: LOST })));
  }

  /** Its stdin has ended. */
  async waitsForInput(): Promise<boolean> {
    return false;
  }

  async read(stream: Stream, offset: number, maxBytes: number): Promise<RawPage> {
    const status = await this.status();
    const kept = bytesOf(await this.#keptOf(status), stream);
    const isOver = status.state === 'ended';
    if (offset >= kept) return { offset: Math.max(offset, bytesOf(status, stream)), bytes: Buffer.alloc(0), isLast: isOver };
    const bytes = await this.#bytes(stream, offset, Math.min(maxBytes, kept - offset));
    return { offset, bytes, isLast: isOver && offset + bytes.length >= kept };
  }

  async waitBeyond(stream: Stream, offset: number, signal: AbortSignal): Promise<void> {
    const status = await this.#whenStarted(signal);
    if (status.state !== 'running' || bytesOf(status, stream) > offset) return;
    await this.#following(offsetsFrom(status), async (execution) => {
      const { promise: told, resolve } = Promise.withResolvers<void>();
      execution[stream].once('data', () => resolve()).on('error', () => {});
      await until(Promise.race([told, execution.result]), signal);
    });
    this.#listed = undefined;
  }

  async waitEnd(signal: AbortSignal): Promise<void> {
    const status = await this.#whenStarted(signal);
    if (status.state !== 'running' || signal.aborted) return;
    await this.#following(offsetsFrom(status), (execution) => until(execution.result, signal));
    this.#listed = undefined;
  }

  async kill(signal: Signal | undefined): Promise<void> {
    const { starting } = this.#parts;
    if (starting && isWaiting(starting)) return await starting.kill(signal);
    const status = await this.status();
    if (status.state !== 'running') return;
    await this.#following(offsetsFrom(status), (execution) => execution.kill(signal));
    this.#listed = undefined;
  }

  async writeStdin(): Promise<void> {
    throw invalidOption('job_id', 'a background job has no open stdin', 'a running job that was started with stdin_open');
  }

  /** Another server over the same directory has yet to submit it. */
  get #startsElsewhere(): boolean {
    const { isSubmitted, host } = this.record;
    return !isSubmitted && host.pid !== process.pid && mayRun(host);
  }

  #ask(): Promise<DetachedExecution | undefined> {
    this.#listed ??= this.#parts.list().then((all) => all.find(({ id }) => id === this.record.id));
    return this.#listed;
  }

  /** What its target has kept; of one that ended that is asked for once more. */
  async #keptOf(status: JobStatus): Promise<Pick<JobStatus, 'stdoutBytes' | 'stderrBytes'>> {
    if (status.state !== 'ended') return status;
    return (await this.#ask()) ?? { stdoutBytes: 0, stderrBytes: 0 };
  }

  /** Where it stands once it runs, or ended, or the signal aborted. */
  async #whenStarted(signal: AbortSignal): Promise<JobStatus> {
    const { starting } = this.#parts;
    if (starting && isWaiting(starting)) await until(whenRunning(starting), signal);
    return await this.status();
  }

  /** Why it certainly did not start, where this process knows. */
  async #startFault(): Promise<{ readonly fault: unknown } | undefined> {
    const { starting } = this.#parts;
    if (starting?.state !== 'ended') return undefined;
    return await starting.result.then(
      () => undefined,
      (fault: unknown) => ({ fault }),
    );
  }

  async #learn(end: JobEnd): Promise<JobEnd> {
    this.record = { ...this.record, end };
    await this.#parts.onEnd(this.record);
    return end;
  }

  /** What is behind all that was kept was counted. */
  async #endOf({ stdoutBytes, stderrBytes, outcome, exitCode, signal }: DetachedExecution): Promise<JobEnd> {
    return await this.#following(offsetsFrom({ stdoutBytes, stderrBytes }), async (execution) => {
      const end = toJobEnd(await execution.result, 0);
      const bytes = { stdoutBytes: stdoutBytes + end.stdoutBytes, stderrBytes: stderrBytes + end.stderrBytes };
      if (end.outcome !== 'unknown' || outcome === undefined || outcome === 'unknown') return { ...end, ...bytes };
      // The connection was lost, and what was listed says more.
      return {
        ...endWithout({ ...bytes, keptBytes: 0 }, { reason: '' }),
        reason: undefined,
        outcome,
        exitCode,
        signal,
        ok: exitCode === 0,
      };
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

function isWaiting(execution: Execution): execution is Execution & { readonly state: 'queued' | 'starting' } {
  return execution.state === 'queued' || execution.state === 'starting';
}

function ended(end: JobEnd): JobStatus {
  return { state: 'ended', stdoutBytes: end.stdoutBytes, stderrBytes: end.stderrBytes, end };
}
