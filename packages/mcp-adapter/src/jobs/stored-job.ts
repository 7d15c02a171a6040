import type { OutputChunk } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { bytesOf, type FoundJob, type JobStatus } from './found-job.ts';
import { endWithout, type JobEnd, type JobRecord } from './job-record.ts';
import { notFound } from './not-found.ts';
import { type RawPage, readSegments } from './output/read-segments.ts';
import { findSegments } from './output/segment-files.ts';

/** A job that is over, as files have it. */
export class StoredJob implements FoundJob {
  readonly record: JobRecord;
  readonly #directory: string;

  constructor(record: JobRecord, directory: string) {
    this.record = record;
    this.#directory = directory;
  }

  async status(): Promise<JobStatus> {
    const end = this.record.end ?? (await this.#lostEnd());
    return { state: 'ended', stdoutBytes: end.stdoutBytes, stderrBytes: end.stderrBytes, end };
  }

  async waitsForInput(): Promise<boolean> {
    return false;
  }

  async read(stream: OutputChunk['stream'], offset: number, maxBytes: number): Promise<RawPage> {
    try {
      const [status, segments] = await Promise.all([this.status(), findSegments(this.#directory, stream)]);
      return await readSegments({ segments, totalBytes: bytesOf(status, stream), ended: true }, offset, maxBytes);
    } catch (cause) {
      // Its time came while it was read.
      throw notFound(this.record.id, cause);
    }
  }

  async waitBeyond(): Promise<void> {}

  async waitEnd(): Promise<void> {}

  async kill(): Promise<void> {}

  async writeStdin(): Promise<void> {
    throw invalidOption('job_id', 'this job has ended', 'a running job that was started with stdin_open');
  }

  /** Its server was ended from outside, and what it wrote until then is here. */
  async #lostEnd(): Promise<JobEnd> {
    const [stdout, stderr] = await Promise.all((['stdout', 'stderr'] as const).map((name) => findSegments(this.#directory, name)));
    const [stdoutBytes, stderrBytes] = [stdout, stderr].map((segments) => {
      const last = segments?.at(-1);
      return last === undefined ? 0 : last.start + last.length;
    });
    const bytes = { stdoutBytes: stdoutBytes ?? 0, stderrBytes: stderrBytes ?? 0, keptBytes: 0 };
    return endWithout(bytes, { reason: 'the server that ran it ended without telling how it ended; the command was ended then, too' });
  }
}
