import type { OutputChunk, Signal } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import type { FoundJob, JobStatus } from './found-job.ts';
import type { JobRecord } from './job-record.ts';
import type { LiveJob } from './live-job.ts';
import type { RawPage } from './output/read-segments.ts';
import { until } from './until.ts';

/** How much a command may leave unread before it is sent no more: a stream's own buffer goes on top. */
const MAX_UNREAD_STDIN = 65_536;

/** A job that this process runs. */
export class RunningHere implements FoundJob {
  readonly #job: LiveJob;

  constructor(job: LiveJob) {
    this.#job = job;
  }

  get record(): JobRecord {
    return this.#job.record;
  }

  async status(): Promise<JobStatus> {
    const { execution, streams, record } = this.#job;
    const bytes = { stdoutBytes: streams.stdout.totalBytes, stderrBytes: streams.stderr.totalBytes };
    if (record.end) return { state: 'ended', ...bytes, end: record.end };
    // It is over when its record says how.
    return { state: execution.state === 'ended' ? 'running' : execution.state, ...bytes };
  }

  async waitsForInput(): Promise<boolean> {
    return this.#job.hasOpenStdin && (await this.#job.execution.waitsForInput());
  }

  read(stream: OutputChunk['stream'], offset: number, maxBytes: number): Promise<RawPage> {
    return this.#job.streams[stream].read(offset, maxBytes);
  }

  waitBeyond(stream: OutputChunk['stream'], offset: number, signal: AbortSignal): Promise<void> {
    // Of what never starts no stream ends.
    return until(Promise.race([this.#job.streams[stream].waitBeyond(offset, signal), this.#job.ended]), signal);
  }

  waitEnd(signal: AbortSignal): Promise<void> {
    return until(this.#job.ended, signal);
  }

  async kill(signal: Signal | undefined): Promise<void> {
    await this.#job.execution.kill(signal);
  }

  async writeStdin(bytes: Uint8Array, end: boolean): Promise<void> {
    if (!this.#job.hasOpenStdin) throw invalidOption('job_id', 'its stdin is not open', 'a running job that was started with stdin_open');
    const { stdin } = this.#job.execution;
    if (stdin.writableEnded || stdin.destroyed || this.#job.hasEnded)
      throw invalidOption('job_id', 'its stdin has ended', 'a running job that was started with stdin_open');
    if (bytes.length > 0 && stdin.writableLength > MAX_UNREAD_STDIN)
      throw invalidOption('data', 'nothing was written, since the command has not read what came before', 'the same again later');
    if (bytes.length > 0) stdin.write(bytes);
    if (end) stdin.end();
  }
}
