import { z } from 'zod';
import { toErrorResult } from '../error-result.ts';
import type { Target, TargetList, TargetPage } from '../targets.ts';
import type { Tool, ToolResult } from '../tool.ts';
import { orFault } from './or-fault.ts';
import { refuseProto } from './refuse-proto.ts';
import { unknownArguments } from './unknown-arguments.ts';

const shape = {
  query: z.string().optional().describe('Part of the name or description, in any case.'),
  labels: refuseProto(z.record(z.string(), z.string())).optional().describe('Only targets with all of these labels.'),
  cursor: z.string().optional().describe('next_cursor of the page before.'),
};
const inputSchema = z.strictObject(shape, unknownArguments(shape));

const outputSchema = orFault({
  targets: z.array(
    z.object({
      name: z.string().describe("What run_command's target takes."),
      description: z.string().optional(),
      labels: z.record(z.string(), z.string()).optional(),
    }),
  ),
  next_cursor: z.string().optional().describe('Present when there are more.'),
});

/** The tool that tells where commands can run: 50 targets a page, so that a thousand hosts do not fill a model's context. */
export function listTargetsTool(targets: TargetList): Tool {
  return {
    name: 'list_targets',
    title: 'List targets',
    description: 'Lists where run_command can run commands, 50 a page, in the order of names.',
    inputSchema,
    outputSchema,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    run: async (args) => {
      try {
        return toListTargetsResult(targets.page(inputSchema.parse(args)));
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}

function toListTargetsResult({ targets, nextCursor }: TargetPage): ToolResult {
  const structuredContent = {
    targets: targets.map(({ executor, description, labels }) => ({
      name: executor.name,
      ...(description !== undefined && { description }),
      ...(labels !== undefined && { labels }),
    })),
    ...(nextCursor !== undefined && { next_cursor: nextCursor }),
  };
  const lines = targets.map(toLine);
  if (lines.length === 0) lines.push('No target matches.');
  if (nextCursor !== undefined) lines.push(`There are more: next_cursor is ${nextCursor}`);
  return { content: [{ type: 'text', text: lines.join('\n') }], structuredContent };
}

function toLine({ executor, description, labels = {} }: Target): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [executor.name, ...(pairs.length > 0 ? [`[${pairs.join(', ')}]`] : []), ...(description === undefined ? [] : [description])].join(
    ' ',
  );
}
