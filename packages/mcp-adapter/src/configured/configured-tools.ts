import type { Call } from '../call.ts';
import { toErrorResult } from '../error-result.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { keyOf, ownerOf } from '../jobs/owner.ts';
import type { Asked } from '../runs/asked.ts';
import type { Runner } from '../runs/runner.ts';
import { defaultTimeoutOf, longestTimeoutOf, type Target, type TargetList } from '../targets.ts';
import type { Tool, ToolResult } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { DEFAULT_OUTPUT_BYTES, MAX_OUTPUT_BYTES } from '../tools/fields.ts';
import { defaultWaitOf } from '../tools/run-command-schemas.ts';
import { commandOf, sourceOf } from './command-of.ts';
import { configuredInput } from './configured-input.ts';
import { configuredOutput } from './configured-output.ts';
import type { ConfiguredTool } from './configured-tool.ts';
import { hasPaths, withRealPaths } from './real-paths.ts';
import { refuseUnhealthy } from './refuse-unhealthy.ts';
import { selectedTargets } from './selected-targets.ts';
import { outputOf } from './tool-output.ts';
import { type Values, valuesOf } from './values.ts';

/** What configured tools share with one another. */
export interface ConfiguredParts {
  /** Of the server: what a tool's `targets` are among. */
  readonly all: TargetList;
  /** Those that the callers are offered. */
  readonly targets: TargetList;
  readonly jobs: Jobs;
  readonly runner: Runner;
  readonly options: CheckedToolOptions;
}

/**
 * Those that run on some target that the callers are offered.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` for one whose targets are not there
 */
export function configuredTools(parts: ConfiguredParts): readonly Tool[] {
  return Object.entries(parts.options.tools).flatMap(([name, tool]) => {
    const offered = new Set(parts.targets.names);
    const found = selectedTargets(`tools.${name}`, tool, parts.all).filter(({ executor }) => offered.has(executor.name));
    return found.length === 0 ? [] : [configuredTool(parts, name, tool, found)];
  });
}

function configuredTool(
  { targets, jobs, runner, options }: ConfiguredParts,
  name: string,
  tool: ConfiguredTool,
  found: readonly Target[],
): Tool {
  const { description = 'Runs a configured command.', parameters = {}, readOnly = false, when, session, cwd, env, limits } = tool;
  const inputSchema = configuredInput(tool, found, targets, options.prefix);
  const outputSchema = configuredOutput(tool);
  const show = outputOf(name, tool);
  const maxOutputBytes = tool.output?.type === 'json' ? MAX_OUTPUT_BYTES : DEFAULT_OUTPUT_BYTES;
  const begin = { ...(cwd !== undefined && { cwd }), ...(env && { env }), isDefault: true };

  async function run(args: Readonly<Record<string, unknown>>, call: Call): Promise<ToolResult> {
    const owner = ownerOf(options.tenant, call);
    const target = targets.resolve(textOrNone(args['target']), found);
    const giveUp = [call.signal, ...(call.connection ? [call.connection] : []), jobs.closing];
    const places = { target, tenant: owner.tenant, giveUp };
    const toReal = (given: Values): Promise<Values> => withRealPaths(given, parameters, places);
    const given = valuesOf(parameters, args);
    const asks = when?.healthy === true || hasPaths(parameters, given);
    const values = asks
      ? await jobs.ask(owner, target, async () => {
          if (when?.healthy === true) await refuseUnhealthy(target, giveUp);
          return await toReal(given);
        })
      : given;
    const { command, env: own } = session === undefined ? commandOf(tool, values) : { command: sourceOf(tool, values), env: {} };
    const timeoutMs = timeoutOf(target, tool, options);
    const key = textOrNone(args['idempotency_key']);
    const asked: Asked = {
      call,
      submission: {
        owner,
        target,
        command,
        // Values may be secrets: what lists show is written down.
        ...(typeof command !== 'string' && !tool.steps ? {} : { shownAs: name }),
        options: {
          timeoutMs,
          maxOutputBytes,
          env: { ...env, ...own },
          ...(cwd !== undefined && { cwd }),
          ...(limits && { limits }),
          ...(key !== undefined && { idempotencyKey: keyOf(key, owner) }),
          ...(owner.tenant !== undefined && { tenant: owner.tenant }),
        },
      },
      show: { timeoutMs, maxOutputBytes, mergeStderr: false, prefix: options.prefix },
      waitMs: defaultWaitOf(options),
    };
    const ran = await (session === undefined ? runner.here(asked) : runner.inSession(asked, session, begin));
    return await show({ ...ran, target, values, giveUp, toReal });
  }

  return {
    name,
    description,
    inputSchema,
    ...(outputSchema && { outputSchema }),
    annotations: { readOnlyHint: readOnly, destructiveHint: !readOnly, idempotentHint: readOnly, openWorldHint: true },
    run: async (args, call) => {
      const parsed = inputSchema.parse(args);
      return await run(parsed, call).catch((error: unknown) => toErrorResult(error));
    },
  };
}

function timeoutOf(target: Target, { timeoutMs }: ConfiguredTool, options: CheckedToolOptions): number {
  return timeoutMs === undefined ? defaultTimeoutOf(target, options) : longestTimeoutOf(target, { maxTimeoutMs: timeoutMs });
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
