import { parseArgs } from 'node:util';
import type { Suite } from './suite.ts';

export interface BenchOptions {
  readonly chosen: readonly Suite[];
  /** What each case's own n is multiplied with. */
  readonly scale: number;
  readonly check: boolean;
  readonly json: boolean;
  readonly write: boolean;
  readonly only: string;
}

const usualN = 1_000;

/** Reads the command line; with a fault in it, says which and how it is used, and ends the process with 2. */
export function readOptions(suites: readonly Suite[]): BenchOptions {
  try {
    return parse(suites);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage(suites)}\n`);
    process.exit(2);
  }
}

function parse(suites: readonly Suite[]): BenchOptions {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      check: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      n: { type: 'string', default: String(usualN) },
      only: { type: 'string', default: '' },
    },
  });
  const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) throw new Error(`There is no suite ${unknown.join(', ')}`);
  if (positionals.length === 0) throw new Error('Which suite?');
  const n = Number(values.n);
  if (!Number.isInteger(n) || n < 1) throw new Error(`--n ${values.n}: a whole number from 1 is wanted`);
  const chosen = suites.filter(({ name }) => positionals.includes(name));
  const whole = values.only === '';
  return { ...values, chosen, scale: n / usualN, write: whole && values.write };
}

function usage(suites: readonly Suite[]): string {
  return `npm run bench -- SUITE… [options]
  SUITE        ${suites.map(({ name }) => name).join(', ')}
  --n N        commands a subject where a case counts commands, ${usualN} by default; what counts otherwise scales along
  --check      exit with 1 where a bar is missed
  --json       one object a line on stdout instead of a table
  --write      put the table into docs/benchmarks.md
  --only TEXT  only cases whose name contains this; writes nothing`;
}
