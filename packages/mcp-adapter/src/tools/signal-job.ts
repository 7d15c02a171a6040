import { constants } from 'node:os';
import type { Signal } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { z } from 'zod';
import { toErrorResult } from '../error-result.ts';
import { ownerOf } from '../jobs/owner.ts';
import type { SeenJobs } from '../jobs/seen-jobs.ts';
import { within } from '../jobs/until.ts';
import type { OwnTool } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { JOB_ID } from './fields.ts';
import { endFields, endText, reasonOf } from './job-fields.ts';
import { MAX_WAIT_MS } from './run-command-schemas.ts';
import { toolInput } from './tool-input.ts';

/** Longer than the grace that a command has by default. */
const WAIT_MS = 10_000;
/** Of a signal that was named nobody knows whether it ends anything. */
const SIGNAL_WAIT_MS = 1_000;

const shape = {
  job_id: JOB_ID,
  signal: z.string().optional().describe('Such as SIGINT, to its process group. Without: SIGTERM, then SIGKILL, to all of it.'),
  wait_ms: z
    .int()
    .min(0)
    .max(MAX_WAIT_MS)
    .optional()
    .describe(`Milliseconds to wait for its end. Default ${WAIT_MS}, with signal ${SIGNAL_WAIT_MS}.`),
};
const inputSchema = toolInput(shape);

/** The tool that ends a job, or tells it something. */
export function signalJobTool(jobs: SeenJobs, options: CheckedToolOptions): OwnTool {
  return {
    name: 'signal_job',
    title: 'Signal or end a job',
    description: 'Ends a job with all that it started, or sends it a signal.',
    inputSchema,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    run: async (args, call) => {
      const { job_id: jobId, signal, wait_ms: waitMs = signal === undefined ? WAIT_MS : SIGNAL_WAIT_MS } = inputSchema.parse(args);
      try {
        const job = await jobs.find(ownerOf(options.tenant, call), jobId);
        await job.kill(signal === undefined ? undefined : toSignal(signal));
        await within(waitMs, [call.signal, jobs.closing], (over) => job.waitEnd(over));
        const { state, end } = await job.status();
        const reason = end && reasonOf(end);
        const lines = [
          `${job.record.id}: ${end ? `ended; ${endText(end)}` : state}`,
          ...(reason === undefined ? [] : [`reason: ${reason}`]),
          ...(end?.fault === undefined ? [] : [`${end.fault.code}: ${end.fault.message}`]),
        ];
        const structuredContent = { job_id: job.record.id, state, ...endFields(end) };
        return { content: [{ type: 'text', text: lines.join('\n') }], structuredContent };
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}

function toSignal(name: string): Signal {
  const found = (Object.keys(constants.signals) as Signal[]).find((signal) => signal === name);
  if (found === undefined)
    throw invalidOption('signal', `'${name.slice(0, 40)}' is none`, 'a name such as SIGINT, SIGTERM, SIGHUP, SIGKILL');
  return found;
}
