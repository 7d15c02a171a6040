import { invalidOption } from '@errand/core/checks';
import { z } from 'zod';
import type { Call } from '../call.ts';
import { toErrorResult } from '../error-result.ts';
import { bytesOf, type FoundJob, type JobStatus } from '../jobs/found-job.ts';
import { base64Page, type ReadRaw, type ShownPage, textPage } from '../jobs/output/text-page.ts';
import { ownerOf } from '../jobs/owner.ts';
import type { SeenJobs } from '../jobs/seen-jobs.ts';
import { within } from '../jobs/until.ts';
import type { OwnTool, ToolResult } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { DEFAULT_OUTPUT_BYTES, ENCODING, JOB_ID, OFFSET, PAGE_BYTES } from './fields.ts';
import { endFields, endText } from './job-fields.ts';
import { pageLines } from './page-lines.ts';
import { MAX_WAIT_MS } from './run-command-schemas.ts';
import { refuseFault } from './run-view.ts';
import { toolInput } from './tool-input.ts';
import { waitingFields, waitingLines } from './waiting-for-input.ts';

const shape = {
  job_id: JOB_ID,
  stream: z.enum(['stdout', 'stderr']).optional().describe('Default stdout.'),
  offset: OFFSET,
  max_bytes: PAGE_BYTES,
  wait_ms: z.int().min(0).max(MAX_WAIT_MS).optional().describe('Milliseconds to wait for more. Default 0.'),
  encoding: ENCODING,
};
const inputSchema = toolInput(shape);
type Arguments = z.output<typeof inputSchema>;

/** The tool that reads what a job wrote, from any byte on. */
export function readOutputTool(jobs: SeenJobs, options: CheckedToolOptions): OwnTool {
  return {
    name: 'read_output',
    title: 'Read the output of a job',
    description: 'Reads what a job wrote, and tells whether it has ended.',
    inputSchema,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    run: async (args, call) => {
      const parsed = inputSchema.parse(args);
      try {
        const job = await jobs.find(ownerOf(options.tenant, call), parsed.job_id);
        return await readOutput(job, parsed, [...signalsOf(call), jobs.closing], options.prefix);
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}

/** @throws ExecError `EXEC_INVALID_OPTION` for an offset behind the end; the one with which the job did not start */
async function readOutput(job: FoundJob, args: Arguments, giveUp: readonly AbortSignal[], prefix: string): Promise<ToolResult> {
  const { stream = 'stdout', encoding = 'text', max_bytes: maxBytes = DEFAULT_OUTPUT_BYTES, wait_ms: waitMs = 0 } = args;
  const first = await job.status();
  const total = bytesOf(first, stream);
  const { offset: asked = 0 } = args;
  const offset = asked < 0 ? Math.max(0, total + asked) : asked;
  if (offset > total) throw invalidOption('offset', `${offset} is behind the end`, `0 … ${total}, or -n for the last n bytes`);
  const read = (): Promise<ShownPage> => {
    const raw: ReadRaw = (at, bytes) => job.read(stream, at, bytes);
    return encoding === 'base64' ? base64Page(raw, offset, maxBytes) : textPage(raw, offset, maxBytes);
  };
  const { page, status } = await within(waitMs, giveUp, async (over) => {
    let behind = offset;
    for (;;) {
      await job.waitBeyond(stream, behind, over);
      // In this order: what is read then is all that an ended job has.
      const now = await job.status();
      const got = await read();
      const enough = got.nextOffset > offset || now.state === 'ended' || over.aborted;
      if (enough) return { page: got, status: now };
      // Some bytes of a character are there.
      behind = bytesOf(now, stream);
    }
  });
  if (status.end) refuseFault(status.end);
  const waits = status.state === 'running' && (await job.waitsForInput());
  return toResult(job.record.id, { stream, encoding, asked: offset, waits, prefix }, page, status);
}

interface Read {
  readonly stream: 'stdout' | 'stderr';
  readonly encoding: 'text' | 'base64';
  /** Where it was to begin. */
  readonly asked: number;
  /** Whether the job waits for input. */
  readonly waits: boolean;
  /** Before the names of tools. */
  readonly prefix: string;
}

function toResult(jobId: string, { stream, encoding, asked, waits, prefix }: Read, page: ShownPage, status: JobStatus): ToolResult {
  const { offset, nextOffset, data, invalidUtf8 } = page;
  const goneBytes = Math.max(0, offset - asked);
  const total = Math.max(bytesOf(status, stream), nextOffset);
  const atEnd = status.state === 'ended' && nextOffset >= total;
  const structuredContent = {
    job_id: jobId,
    state: status.state,
    ...waitingFields(waits),
    data,
    offset,
    next_offset: nextOffset,
    total_bytes: total,
    at_end: atEnd,
    ...(goneBytes > 0 && { gone_from: asked, gone_bytes: goneBytes }),
    ...(invalidUtf8 && { invalid_utf8: true }),
    ...endFields(status.end),
  };
  const lines = [
    `${stream} of ${jobId}: bytes ${offset} to ${nextOffset} of ${total}${atEnd ? ', which is the end' : `; next_offset: ${nextOffset}`}`,
    status.end ? `state: ended; ${endText(status.end)}` : `state: ${status.state}`,
    ...waitingLines(waits, prefix),
    ...(goneBytes > 0 ? [`bytes ${asked} to ${offset} (${goneBytes}) are not kept any more`] : []),
    ...pageLines(page, encoding),
  ];
  return { content: [{ type: 'text', text: lines.join('\n') }], structuredContent };
}

function signalsOf({ signal, connection }: Call): readonly AbortSignal[] {
  return connection === undefined ? [signal] : [signal, connection];
}
