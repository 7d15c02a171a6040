import { z } from 'zod';
import { toErrorResult } from '../error-result.ts';
import { ownTimeout, type Target, type TargetList, type TargetPage } from '../targets.ts';
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
      default: z.literal(true).optional().describe('Where run_command runs what names no target.'),
      default_timeout_ms: z.int().min(1).optional().describe('The timeout where a call gives none, in milliseconds.'),
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
        return toListTargetsResult(targets.page(inputSchema.parse(args)), targets.defaultName);
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}

function toListTargetsResult({ targets, nextCursor }: TargetPage, defaultName: string | undefined): ToolResult {
  const listed = targets.map((target) => toListed(target, defaultName));
  const lines = listed.map(toLine);
  if (lines.length === 0) lines.push('No target matches.');
  if (nextCursor !== undefined) lines.push(`There are more: next_cursor is ${nextCursor}`);
  const structuredContent = { targets: listed, ...(nextCursor !== undefined && { next_cursor: nextCursor }) };
  return { content: [{ type: 'text', text: lines.join('\n') }], structuredContent };
}

interface Listed extends Pick<Target, 'description' | 'labels'> {
  readonly name: string;
  readonly default?: true;
  readonly default_timeout_ms?: number;
}

function toListed(target: Target, defaultName: string | undefined): Listed {
  const { executor, description, labels } = target;
  const timeout = ownTimeout(target);
  return {
    name: executor.name,
    ...(description !== undefined && { description }),
    ...(labels !== undefined && { labels }),
    ...(executor.name === defaultName && { default: true }),
    ...(timeout !== undefined && { default_timeout_ms: timeout }),
  };
}

function toLine({ name, description, labels = {}, default: isDefault, default_timeout_ms: timeout }: Listed): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const notes = [...(isDefault ? ['default target'] : []), ...(timeout === undefined ? [] : [`default timeout ${timeout} ms`])];
  return [
    name,
    ...(pairs.length > 0 ? [`[${pairs.join(', ')}]`] : []),
    ...(notes.length > 0 ? [`(${notes.join('; ')})`] : []),
    ...(description === undefined ? [] : [description]),
  ].join(' ');
}
