import { z } from 'zod';
import { type Exposed, exposesCommands } from '../allowed/exposed.ts';
import { toErrorResult } from '../error-result.ts';
import { type FilesAllowed, filesOf } from '../files/allowed-files.ts';
import { ownTimeout, type Target, type TargetList, type TargetPage } from '../targets.ts';
import type { OwnTool, ToolResult } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { CURSOR, texts } from './fields.ts';
import { refuseProto } from './refuse-proto.ts';
import { toolInput } from './tool-input.ts';

const shape = {
  query: z.string().optional().describe('Part of the name or description, in any case.'),
  labels: refuseProto(texts()).optional().describe('Only targets with all of these labels.'),
  cursor: CURSOR,
};
const inputSchema = toolInput(shape);

/** The tool that tells where commands can run: 50 targets a page, so that a thousand hosts do not fill a model's context. */
export function listTargetsTool(targets: TargetList, { files }: Pick<CheckedToolOptions, 'files'>): OwnTool {
  return {
    name: 'list_targets',
    title: 'List targets',
    description: 'Lists targets with labels and defaults, 50 a page.',
    inputSchema,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    run: async (args) => {
      try {
        return toListTargetsResult(targets.page(inputSchema.parse(args)), { defaultName: targets.defaultName, files });
      } catch (error) {
        return toErrorResult(error);
      }
    },
  };
}

type ListOptions = Pick<CheckedToolOptions, 'files'>;

/** What the tool gives without arguments, for programs. */
export function listedTargets(targets: TargetList, options: ListOptions): object {
  return toListTargetsResult(targets.page({}), { ...options, defaultName: targets.defaultName }).structuredContent ?? {};
}

/** @throws ExecError `EXEC_NOT_FOUND` where there is none of that name */
export function listedTarget(targets: TargetList, { files }: ListOptions, name: string): object {
  return toListed(targets.resolve(name), { files, defaultName: targets.defaultName });
}

/** What holds for all that do not say otherwise. */
interface Common {
  readonly defaultName: string | undefined;
  readonly files: FilesAllowed;
}

function toListTargetsResult({ targets, nextCursor }: TargetPage, common: Common): ToolResult {
  const listed = targets.map((target) => toListed(target, common));
  const lines = listed.map(toLine);
  if (lines.length === 0) lines.push('No target matches.');
  if (nextCursor !== undefined) lines.push(`There are more: next_cursor is ${nextCursor}`);
  const structuredContent = { targets: listed, ...(nextCursor !== undefined && { next_cursor: nextCursor }) };
  return { content: [{ type: 'text', text: lines.join('\n') }], structuredContent };
}

interface Listed extends Pick<Target, 'description' | 'labels'> {
  readonly name: string;
  readonly default?: true;
  readonly expose?: Exposed;
  readonly default_timeout_ms?: number;
  readonly max_timeout_ms?: number;
  readonly max_jobs?: number;
  /** Whom calls may name, where they may name anybody. */
  readonly users?: 'any' | readonly string[];
  /** Which variables calls may add, where not any. */
  readonly env?: readonly string[];
  readonly background?: false;
  readonly files?: FilesAllowed;
}

function toListed(target: Target, { defaultName, files: all }: Common): Listed {
  const { executor, description, labels, maxTimeoutMs, maxJobs, allowUser = false, allowEnv = true, background } = target;
  const timeout = ownTimeout(target);
  const files = filesOf(target, all);
  return {
    name: executor.name,
    ...(description !== undefined && { description }),
    ...(labels !== undefined && { labels }),
    ...(executor.name === defaultName && { default: true }),
    ...(!exposesCommands(target) && { expose: 'tools' }),
    ...(timeout !== undefined && { default_timeout_ms: timeout }),
    ...(maxTimeoutMs !== undefined && { max_timeout_ms: maxTimeoutMs }),
    ...(maxJobs !== undefined && { max_jobs: maxJobs }),
    ...(allowUser !== false && { users: allowUser === true ? 'any' : allowUser }),
    ...(allowEnv !== true && { env: allowEnv === false ? [] : allowEnv }),
    ...(background === false && { background }),
    ...(files !== 'none' && { files }),
  };
}

function toLine(listed: Listed): string {
  const { name, description, labels = {} } = listed;
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const notes = notesOf(listed);
  return [
    name,
    ...(pairs.length > 0 ? [`[${pairs.join(', ')}]`] : []),
    ...(notes.length > 0 ? [`(${notes.join('; ')})`] : []),
    ...(description === undefined ? [] : [description]),
  ].join(' ');
}

function notesOf(listed: Listed): readonly string[] {
  const { default_timeout_ms: timeout, max_timeout_ms: longest, max_jobs: jobs, users, env, files } = listed;
  return [
    ...(listed.default ? ['default target'] : []),
    ...(listed.expose === 'tools' ? ['runs configured tools alone'] : []),
    ...(timeout === undefined ? [] : [`default timeout ${timeout} ms`]),
    ...(longest === undefined ? [] : [`at most ${longest} ms`]),
    ...(jobs === undefined ? [] : [`at most ${jobs} commands at once`]),
    ...(users === undefined ? [] : [`user: ${[users].flat().join(', ')}`]),
    ...(env === undefined ? [] : [`env: ${env.join(', ') || 'none'}`]),
    ...(listed.background === false ? ['no background'] : []),
    ...(files === undefined ? [] : [`files: ${files}`]),
  ];
}
