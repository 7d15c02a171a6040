import type { DetachedExecution } from '@errand/core';
import { formatAge, formatSize } from '../units.ts';
import { stateText } from './state-text.ts';

const HEADER = ['ID', 'STATE', 'STARTED', 'STDOUT', 'STDERR', 'COMMAND'] as const;

/** A line each, below a header. */
export function table(executions: readonly DetachedExecution[], now: number): string {
  const rows = [HEADER, ...executions.map((execution) => row(execution, now))];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) => `${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()).join('\n');
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

/** What a terminal would take for more than text is shown as its escape. */
function inOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
