import { invalidOption } from '@errand/core/checks';
import { z } from 'zod';
import { decoded } from '../decoded.ts';
import { toErrorResult } from '../error-result.ts';
import { ownerOf } from '../jobs/owner.ts';
import type { SeenJobs } from '../jobs/seen-jobs.ts';
import type { OwnTool } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { ENCODING, JOB_ID } from './fields.ts';
import { toolInput } from './tool-input.ts';

const shape = {
  job_id: JOB_ID,
  data: z.string().optional().describe('A line ends with a newline.'),
  encoding: ENCODING,
  end: z.boolean().optional().describe('End-of-file after it.'),
};
const inputSchema = toolInput(shape);

/** The tool that writes to a command that reads. */
export function writeStdinTool(jobs: SeenJobs, options: CheckedToolOptions): OwnTool {
  return {
    name: 'write_stdin',
    title: 'Write to a job',
    description: 'Writes to a running job that was started with stdin_open.',
    inputSchema,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    run: async (args, call) => {
      const { job_id: jobId, data = '', encoding, end = false } = inputSchema.parse(args);
      try {
        const bytes = decoded('data', data, encoding);
        if (bytes.length === 0 && !end) throw invalidOption('data', 'there is nothing to write', 'text, or end');
        const job = await jobs.find(ownerOf(options.tenant, call), jobId);
        await job.writeStdin(bytes, end);
        const text = `${bytes.length} bytes were written to the stdin of ${job.record.id}${end ? ', which has ended' : ''}`;
        const structuredContent = { job_id: job.record.id, written_bytes: bytes.length, stdin_ended: end };
        return { content: [{ type: 'text', text }], structuredContent };
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}
