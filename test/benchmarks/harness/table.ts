import type { Row } from './row.ts';

const all: readonly { readonly title: string; readonly text: (row: Row) => string }[] = [
  { title: 'case', text: (row) => row.case },
  { title: 'subject', text: (row) => row.subject },
  { title: 'n', text: (row) => String(row.n) },
  { title: 'p50 ms', text: (row) => fixed(row.p50Ms, 2) },
  { title: 'p99 ms', text: (row) => fixed(row.p99Ms, 2) },
  { title: 'per second', text: (row) => fixed(row.perSecond, 0) },
  { title: 'MiB/s', text: (row) => fixed(row.mibPerSecond, 0) },
  { title: 'RSS growth MiB', text: (row) => fixed(row.rssMib, 1) },
  { title: 'heap B each', text: (row) => fixed(row.heapBytes, 0) },
  { title: 'ratio', text: (row) => fixed(row.ratio, 3) },
];

/** The rows as a Markdown table of what was measured, its columns aligned so that it reads well in a terminal too. */
export function table(rows: readonly Row[]): string {
  const columns = all.filter(({ text }) => rows.some((row) => text(row) !== ''));
  const cells = rows.map((row) => columns.map(({ text }) => text(row)));
  const widths = columns.map(({ title }, index) => Math.max(3, title.length, ...cells.map((line) => line[index]?.length ?? 0)));
  const line = (texts: readonly string[]): string => `| ${texts.map((text, index) => pad(text, index, widths[index] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width, index) => (isText(index) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(columns.map(({ title }) => title)), `| ${rule.join(' | ')} |`, ...cells.map(line)].join('\n');
}

function isText(column: number): boolean {
  return column < 2;
}

function pad(text: string, column: number, width: number): string {
  return isText(column) ? text.padEnd(width) : text.padStart(width);
}

function fixed(value: number | undefined, digits: number): string {
  return value === undefined ? '' : value.toFixed(digits);
}
