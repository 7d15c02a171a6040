import { type ExecErrorCode, isExecError } from '@errand/core';
import { harmless } from './harmless.ts';
import type { ToolResult } from './tool.ts';

/** Where the library's own words speak of an option that no tool has. */
const OWN_WORDS: Readonly<Partial<Record<ExecErrorCode, string>>> = {
  EXEC_QUEUE_TIMEOUT: 'The target is busy: no turn came in time, and nothing was started. Send the same call again later.',
};

/**
 * An `ExecError` as an `isError` result: code and message as text, with when to try again where that is known, and for programs as
 * `structuredContent`, which the tools' output schemas allow for, and as `_meta['errand/error']`.
 *
 * @param renamed  Options that became of an argument with another name.
 * @throws error, when it is something else: a fault of ours, which the SDK tells the client.
 */
export function toErrorResult(error: unknown, renamed: Readonly<Record<string, string>> = {}): ToolResult {
  if (!isExecError(error)) throw error;
  const { code } = error;
  const { option = '', what, name, retryAfterMs } = error.detail;
  const argument = toArgument(option, renamed);
  // A session that is busy says so itself.
  const own = option === 'session' ? undefined : OWN_WORDS[code];
  // It may quote what a caller or a target said.
  const message = own ?? harmless(error.message.replace(option, () => argument)).text;
  const retry = retryAfterMs === undefined ? undefined : Math.max(0, Math.ceil(retryAfterMs));
  const fault = { code, message, ...definedOnly({ option: argument || undefined, what, name, retry_after_ms: retry }) };
  return {
    isError: true,
    content: [{ type: 'text', text: `${code}: ${message}${retry === undefined ? '' : `\n${whenToTryAgain(retry)}`}` }],
    structuredContent: fault,
    _meta: { 'errand/error': fault },
  };
}

/** In whole seconds, and never too early: a model's clock has no milliseconds. */
function whenToTryAgain(ms: number): string {
  return `Nothing was started. Send the same call again in ${Math.max(1, Math.ceil(ms / 1_000))} s.`;
}

/** The tools' argument that became this option: `idempotency_key` for `idempotencyKey`. What follows `.` or `[` is the caller's own. */
function toArgument(option: string, renamed: Readonly<Record<string, string>>): string {
  return option.replace(/^[^.[]*/, (name) => renamed[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

function definedOnly(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
