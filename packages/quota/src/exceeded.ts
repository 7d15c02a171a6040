import { ExecError } from '@errand/core';
import type { LimitName } from './limits.ts';

/** A limit that was reached. */
export interface Reached {
  readonly limit: LimitName;
  readonly value: number;
  /** Not there where waiting does not help. */
  readonly retryAfterMs?: number;
}

/** Whose limit: `the tenant 'ci'`. */
export function nameOf(name: string, subject: string): string {
  return subject === '' ? `who has no ${name}` : `the ${name} '${escaped(subject)}'`;
}

/** Whatever a terminal would obey, and what would end the quotes, as a string of JavaScript has it. */
function escaped(text: string): string {
  return text.replace(/['\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === "'" || character === '\\') return `\\${character}`;
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** An `EXEC_QUOTA`. */
export function exceeded(who: string, { limit, value, retryAfterMs }: Reached): ExecError {
  const when = retryAfterMs === undefined ? 'Raise the limit' : `Try again in ${secondsOf(retryAfterMs)}`;
  const message = `quota: ${who} has reached ${limit} (${value.toLocaleString('en')}), so nothing was started. ${when}.`;
  const detail = { limit, value, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return new ExecError('EXEC_QUOTA', message, { detail });
}

function secondsOf(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return seconds === 1 ? '1 second' : `${seconds.toLocaleString('en')} seconds`;
}
