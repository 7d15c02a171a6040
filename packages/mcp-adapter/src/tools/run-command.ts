import { createHash } from 'node:crypto';
import type { Command, ExecOptions, Execution } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import type { Call } from '../call.ts';
import { toErrorResult } from '../error-result.ts';
import { startProgress } from '../progress.ts';
import type { Running } from '../running.ts';
import { ownTimeout, type Target, type TargetList } from '../targets.ts';
import { tenantOf } from '../tenant.ts';
import type { Tool, ToolResult } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { AppliedTimeouts } from './applied-timeouts.ts';
import { toRunCommandResult } from './run-command-result.ts';
import { DEFAULT_OUTPUT_BYTES, type RunCommandArguments, runCommandInput, runCommandOutput } from './run-command-schemas.ts';

const DESCRIPTION = `Runs a command to its end and returns how it ended with its stdout and stderr.
Give \`command\` (shell source) or \`argv\` (no shell). There is no terminal and, without \`stdin\`, no input: use flags that do not ask.
Each call starts afresh: directory and variables of an earlier one are gone. A non-zero exit code is a result, not an error.
What it leaves in the background is ended when it exits. Long output is cut in the middle and the cut is counted: filter it, or write it to a file and read parts.`;

/** The tool that runs commands. */
export function runCommandTool(targets: TargetList, running: Running, options: CheckedToolOptions): Tool {
  const inputSchema = runCommandInput(options, targets);
  const applied = new AppliedTimeouts();

  async function run(args: RunCommandArguments, call: Call): Promise<ToolResult> {
    const target = targets.resolve(args.target);
    const command = toCommand(args);
    const { timeout_ms = defaultTimeout(target, options), max_output_bytes: maxOutputBytes = DEFAULT_OUTPUT_BYTES } = args;
    const tenant = tenantOf(options.tenant, call.authInfo);
    let execution: Execution | undefined;
    const progress = startProgress(call, () => execution?.state ?? 'starting');
    try {
      return await running.run(cancelSignals(args, call), async (signal) => {
        execution = target.executor.spawn(command, {
          ...toExecOptions(args, tenant),
          timeoutMs: timeout_ms,
          maxOutputBytes,
          signal,
          ...(tenant !== undefined && { tenant }),
          ...(progress !== undefined && { onOutput: progress.onOutput }),
        });
        const timeoutMs = args.idempotency_key === undefined ? timeout_ms : applied.of(execution.id, timeout_ms);
        const result = await execution.result;
        return toRunCommandResult(result, { timeoutMs, maxOutputBytes, mergeStderr: args.merge_stderr ?? false });
      });
    } finally {
      progress?.stop();
    }
  }

  return {
    name: 'run_command',
    title: 'Run a command',
    description: DESCRIPTION,
    inputSchema,
    outputSchema: runCommandOutput,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    run: async (args, call) => {
      const parsed = inputSchema.parse(args);
      const renamed = parsed.argv === undefined ? {} : { command: 'argv' };
      return await run(parsed, call).catch((error: unknown) => toErrorResult(error, renamed));
    },
  };
}

/** Under a key, a closed response may be a broken connection whose client will ask again: the command goes on for it. */
function cancelSignals(args: RunCommandArguments, { abortIsAmbiguous, signal, connection }: Call): readonly AbortSignal[] {
  if (abortIsAmbiguous && args.idempotency_key !== undefined) return [];
  return connection === undefined ? [signal] : [signal, connection];
}

function toCommand({ command, argv }: RunCommandArguments): Command {
  if (command !== undefined && argv === undefined) return command;
  if (argv !== undefined && command === undefined) return argv;
  const wrong = command === undefined ? 'neither was given' : 'both were given';
  throw invalidOption('command, argv', wrong, 'command (shell source), or argv (program and arguments)');
}

function toExecOptions(args: RunCommandArguments, tenant: string | undefined): ExecOptions {
  return {
    ...(args.cwd !== undefined && { cwd: args.cwd }),
    ...(args.env !== undefined && { env: args.env }),
    // As bytes: to `spawn` the text 'pipe' asks for a pipe.
    ...(args.stdin !== undefined && { stdin: Buffer.from(args.stdin) }),
    ...(args.merge_stderr === true && { stderr: 'stdout' }),
    ...(args.idempotency_key !== undefined && { idempotencyKey: keyOf(args.idempotency_key, tenant) }),
  };
}

/** Tenants know nothing of one another's keys. */
function keyOf(key: string, tenant: string | undefined): string {
  if (typeof tenant !== 'string') return key;
  return createHash('sha256')
    .update(JSON.stringify([tenant, key]))
    .digest('hex');
}

function defaultTimeout(target: Target, { defaultTimeoutMs }: CheckedToolOptions): number {
  return ownTimeout(target) ?? Math.min(defaultTimeoutMs, target.executor.supports.maxTimeoutMs);
}
