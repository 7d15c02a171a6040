import { isExecError } from '@errand/core';
import type { ToolResult } from './tool.ts';

/**
 * An `ExecError` as an `isError` result: code and message as text, and for programs in `_meta['errand/error']`. It has no
 * `structuredContent`, since clients of SDK v1 check that against the tool's output schema even in an error.
 *
 * @param renamed  Options that became of an argument with another name.
 * @throws error, when it is something else: a fault of ours, which the SDK tells the client.
 */
export function toErrorResult(error: unknown, renamed: Readonly<Record<string, string>> = {}): ToolResult {
  if (!isExecError(error)) throw error;
  const { code } = error;
  const { option = '', what, name, retryAfterMs } = error.detail;
  const argument = toArgument(option, renamed);
  const message = error.message.replace(option, () => argument);
  const detail = { option: argument || undefined, what, name, retry_after_ms: retryAfterMs };
  return {
    isError: true,
    content: [{ type: 'text', text: `${code}: ${message}` }],
    _meta: { 'errand/error': { code, message, ...definedOnly(detail) } },
  };
}

/** The tools' argument that became this option: `idempotency_key` for `idempotencyKey`. What follows `.` or `[` is the caller's own. */
function toArgument(option: string, renamed: Readonly<Record<string, string>>): string {
  return option.replace(/^[^.[]*/, (name) => renamed[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

function definedOnly(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
