import { isExecError } from '@errand/core';
import type { ToolResult } from './tool.ts';

/**
 * An `ExecError` as an `isError` result: code and message as text, and for programs in `_meta['errand/error']`. It has no
 * `structuredContent`, since clients of SDK v1 check that against the tool's output schema even in an error.
 *
 * @throws error, when it is something else: a fault of ours, which the SDK tells the client.
 */
export function toErrorResult(error: unknown): ToolResult {
  if (!isExecError(error)) throw error;
  const { code } = error;
  const { option = '', what, name, retryAfterMs } = error.detail;
  const argument = toArgument(option);
  const message = error.message.replace(option, argument);
  const detail = { option: argument || undefined, what, name, retry_after_ms: retryAfterMs };
  return {
    isError: true,
    content: [{ type: 'text', text: `${code}: ${message}` }],
    _meta: { 'errand/error': { code, message, ...definedOnly(detail) } },
  };
}

/** The tools' argument that became this option: `idempotency_key` for `idempotencyKey`. */
function toArgument(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function definedOnly(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
