import type { DetachedExecution } from '@errand/core';
import { columns, inOneLine } from '../output/columns.ts';
import { formatAge, formatSize } from '../units.ts';
import { stateText } from './state-text.ts';

const HEADER = ['ID', 'STATE', 'STARTED', 'STDOUT', 'STDERR', 'COMMAND'] as const;

/** A line each, below a header. */
export function table(executions: readonly DetachedExecution[], now: number): string {
  return columns(
    HEADER,
    executions.map((execution) => row(execution, now)),
  );
}

function row(execution: DetachedExecution, now: number): readonly string[] {
  const { id, startedAt, stdoutBytes, stderrBytes, command } = execution;
  const age = now - Date.parse(startedAt);
  return [
    id,
    stateText(execution),
    // What was submitted by another version may say it otherwise.
    Number.isNaN(age) ? '?' : formatAge(age),
    formatSize(stdoutBytes),
    formatSize(stderrBytes),
    inOneLine(command),
  ];
}
