import { invalidOption } from '@errand/core/checks';
import { toErrorResult } from '../error-result.ts';
import { harmless } from '../harmless.ts';
import type { FoundJob, JobStatus } from '../jobs/found-job.ts';
import { placeOf } from '../jobs/job-finder.ts';
import type { JobRecord } from '../jobs/job-record.ts';
import { ownerOf } from '../jobs/owner.ts';
import type { SeenJobs } from '../jobs/seen-jobs.ts';
import type { OwnTool, ToolResult } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { CURSOR } from './fields.ts';
import { endFields, endText } from './job-fields.ts';
import { toolInput } from './tool-input.ts';
import { waitingFields } from './waiting-for-input.ts';

const PAGE_SIZE = 50;

const shape = { cursor: CURSOR };
const inputSchema = toolInput(shape);

/** The tool that tells which jobs there are. */
export function listJobsTool(jobs: SeenJobs, options: CheckedToolOptions): OwnTool {
  return {
    name: 'list_jobs',
    title: 'List jobs',
    description: `Lists your jobs that run, or can still be read, ${PAGE_SIZE} a page.`,
    inputSchema,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    run: async (args, call) => {
      const { cursor } = inputSchema.parse(args);
      try {
        const all = await jobs.list(ownerOf(options.tenant, call));
        const after = cursor === undefined ? undefined : decodeCursor(cursor);
        return await toResult(after === undefined ? all : all.filter((job) => placeOf(job) < after));
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}

async function toResult(all: readonly FoundJob[]): Promise<ToolResult> {
  const page = all.slice(0, PAGE_SIZE);
  const looks = await Promise.all(page.map(lookAt));
  const jobs = looks.map(toListed);
  const last = page.at(-1);
  const next = all.length > PAGE_SIZE && last !== undefined ? encodeCursor(placeOf(last)) : undefined;
  const lines = looks.map(toLine);
  if (lines.length === 0) lines.push('There are no jobs.');
  if (next !== undefined) lines.push(`There are more: next_cursor is ${next}`);
  return {
    content: [{ type: 'text', text: lines.join('\n') }],
    structuredContent: { jobs, ...(next !== undefined && { next_cursor: next }) },
  };
}

/** A job, as it is at the moment. */
interface Look {
  readonly record: JobRecord;
  readonly status: JobStatus;
  readonly waits: boolean;
}

async function lookAt(job: FoundJob): Promise<Look> {
  const [status, waits] = await Promise.all([job.status().catch(notAnswered), job.waitsForInput()]);
  return { record: job.record, status, waits: waits && status.state === 'running' };
}

/** Of a background job whose target gives no answer the last that is known is that it runs. */
function notAnswered(): JobStatus {
  return { state: 'running', stdoutBytes: 0, stderrBytes: 0 };
}

function toListed({ record, status, waits }: Look): Record<string, unknown> {
  const { state, stdoutBytes, stderrBytes, end } = status;
  return {
    job_id: record.id,
    target: record.target,
    command: harmless(record.command).text,
    state,
    ...waitingFields(waits),
    ...(record.background && { background: true }),
    ...(record.session !== undefined && { session: record.session }),
    started_at: record.startedAt,
    stdout_bytes: stdoutBytes,
    stderr_bytes: stderrBytes,
    ...endFields(end),
  };
}

function toLine({ record, status, waits }: Look): string {
  const { state, stdoutBytes, stderrBytes, end } = status;
  const stands = waits ? `${state}, waits for input` : state;
  const how = end ? `ended, ${endText(end)}` : stands;
  const where = record.session === undefined ? '' : ` in session ${record.session}`;
  const kind = record.background ? ' in the background' : where;
  const command = harmless(record.command).text.replaceAll('\n', '\u240a');
  return `${record.id} on ${record.target}${kind}: ${how}; started ${record.startedAt}; stdout ${stdoutBytes}, stderr ${stderrBytes} bytes; ${command}`;
}

/** A place in the list, as a cursor. */
export function encodeCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}

/** @throws ExecError `EXEC_INVALID_OPTION` for what is no cursor */
export function decodeCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (cursor === '' || encodeCursor(key) !== cursor) throw invalidOption('cursor', 'not one of ours', 'next_cursor of the page before');
  return key;
}
