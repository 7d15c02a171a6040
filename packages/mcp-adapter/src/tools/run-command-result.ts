import type { ExecResult } from '@errand/core';
import { type ShownOutput, showOutput } from '../shown-output.ts';
import type { ToolResult } from '../tool.ts';

/** What of the call matters to how its result is shown. */
export interface ShowOptions {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly mergeStderr: boolean;
}

/** A result for programs and, saying the same, for a model. A failing command is a result, not an error. */
export function toRunCommandResult(result: ExecResult, options: ShowOptions): ToolResult {
  const stdout = showOutput(result.stdout, options.maxOutputBytes);
  const stderr = showOutput(result.stderr, options.maxOutputBytes);
  const { exitCode, signal, cause, reason } = result;
  const structuredContent = {
    execution_id: result.executionId,
    target: result.target,
    outcome: result.outcome,
    ok: result.ok,
    ...(exitCode !== undefined && { exit_code: exitCode }),
    ...(signal !== undefined && { signal }),
    ...(cause !== undefined && { cause }),
    ...(reason !== undefined && { reason }),
    ...streamFields('stdout', stdout),
    ...streamFields('stderr', stderr),
    duration_ms: Math.round(result.timings.runMs),
    timeout_ms: options.timeoutMs,
  };
  return { content: [{ type: 'text', text: toText(result, stdout, stderr, options) }], structuredContent };
}

function streamFields(stream: 'stdout' | 'stderr', shown: ShownOutput): Record<string, unknown> {
  return {
    [stream]: shown.text,
    [`${stream}_total_bytes`]: shown.totalBytes,
    [`${stream}_omitted_bytes`]: shown.omittedBytes,
    ...(shown.invalidUtf8 && { [`${stream}_invalid_utf8`]: true }),
  };
}

function toText(result: ExecResult, stdout: ShownOutput, stderr: ShownOutput, options: ShowOptions): string {
  const { outcome, exitCode, signal, cause, reason } = result;
  const how = [
    `outcome: ${outcome}`,
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(signal === undefined ? [] : [`signal ${signal}`]),
    ...(cause === undefined ? [] : [`cause ${cause}`]),
  ];
  const lines = [
    `${how.join(', ')}; ran ${Math.round(result.timings.runMs)} ms with a timeout of ${options.timeoutMs} ms`,
    `target: ${result.target}; execution: ${result.executionId}`,
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    section(options.mergeStderr ? 'stdout and stderr' : 'stdout', stdout),
    // A duplicate of an idempotent call gets what the first one asked for, which may be apart.
    ...(options.mergeStderr && stderr.totalBytes === 0 ? [] : [section('stderr', stderr)]),
  ];
  return lines.join('\n');
}

function section(name: string, { text, totalBytes, omittedBytes, invalidUtf8 }: ShownOutput): string {
  if (totalBytes === 0) return `${name}: empty`;
  const notes = [
    `${totalBytes} bytes`,
    ...(omittedBytes > 0 ? [`${omittedBytes} omitted`] : []),
    ...(invalidUtf8 ? ['not UTF-8: faults are shown as U+FFFD'] : []),
  ];
  return `${name} (${notes.join(', ')}):\n${text.endsWith('\n') ? text.slice(0, -1) : text}`;
}
