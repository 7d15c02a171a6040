import { ExecError, type ExecErrorCode, type ExecResult } from '@errand/core';
import { bytesOf, type FoundJob } from '../jobs/found-job.ts';
import type { JobEnd, JobRecord } from '../jobs/job-record.ts';
import type { LiveJob } from '../jobs/live-job.ts';
import { keptEnds } from '../jobs/output/kept-ends.ts';
import type { RunView } from './run-command-result.ts';

/** A command that ended while its call waited. */
export function viewOfResult(result: ExecResult, { isJob, record }: LiveJob): RunView {
  const { executionId, target, timings, stdout, stderr } = result;
  return { executionId, target, isJob, state: 'ended', end: { ...result, runMs: timings.runMs }, ageMs: ageOf(record), stdout, stderr };
}

/**
 * A job as it is now.
 *
 * @throws ExecError the one with which it did not start
 */
export async function viewOfJob(job: FoundJob, maxBytes: number): Promise<RunView> {
  const status = await job.status();
  const { end, state } = status;
  if (end) refuseFault(end);
  const [stdout, stderr] = await Promise.all(
    (['stdout', 'stderr'] as const).map((stream) =>
      keptEnds((offset, bytes) => job.read(stream, offset, bytes), bytesOf(status, stream), maxBytes),
    ),
  );
  const waitsForInput = state === 'running' && (await job.waitsForInput());
  const nothing = { totalBytes: 0, omittedBytes: 0, head: new Uint8Array(), tail: new Uint8Array() };
  const { id, target } = job.record;
  const common = {
    executionId: id,
    target,
    isJob: true,
    state,
    waitsForInput,
    ageMs: ageOf(job.record),
    stdout: stdout ?? nothing,
    stderr: stderr ?? nothing,
  };
  return end ? { ...common, end } : common;
}

/** @throws ExecError the one with which a job did not start */
export function refuseFault({ fault }: JobEnd): void {
  if (fault) throw new ExecError(fault.code as ExecErrorCode, fault.message);
}

function ageOf({ startedAt }: JobRecord): number {
  return Math.max(0, Date.now() - Date.parse(startedAt));
}
