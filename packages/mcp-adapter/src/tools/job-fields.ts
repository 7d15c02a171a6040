import type { ExecResult } from '@errand/core';
import { harmless } from '../harmless.ts';
import type { JobEnd } from '../jobs/job-record.ts';

const LEFTOVERS = /left running were ended/;
const BACKGROUND = 'To keep something running, start it by itself with background: true, without &.';

/** How something ended, as results have it and as records do. */
export type EndLike = Pick<ExecResult, 'ok'> & Partial<Pick<JobEnd, 'outcome' | 'exitCode' | 'signal' | 'cause' | 'reason' | 'runMs'>>;

/** The end for programs; nothing for what has not ended. */
export function endFields(end: EndLike | undefined): Record<string, unknown> {
  if (end === undefined) return {};
  const { outcome, exitCode, signal } = end;
  const reason = reasonOf(end);
  return {
    ...(outcome !== undefined && { outcome }),
    ...(exitCode !== undefined && { exit_code: exitCode }),
    ...(signal !== undefined && { signal }),
    ...(reason !== undefined && { reason }),
  };
}

/** The same in words. */
export function endText({ outcome, exitCode, signal, cause }: EndLike): string {
  return [
    ...(outcome === undefined ? ['did not start'] : [`outcome: ${outcome}`]),
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(signal === undefined ? [] : [`signal ${signal}`]),
    ...(cause === undefined ? [] : [`cause ${cause}`]),
  ].join(', ');
}

/** With what to do instead, for who wrote `npm run dev &`. */
export function reasonOf({ reason }: EndLike): string | undefined {
  if (reason === undefined) return undefined;
  // It may quote what a target said.
  const { text } = harmless(reason);
  return LEFTOVERS.test(text) ? `${text}. ${BACKGROUND}` : text;
}
