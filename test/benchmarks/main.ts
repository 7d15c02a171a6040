import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { barText, missedBy } from './harness/bar.ts';
import { withResults } from './harness/document.ts';
import { machine } from './harness/machine.ts';
import { readOptions } from './harness/options.ts';
import { type CaseResult, runCase, type Suite } from './harness/suite.ts';
import { table } from './harness/table.ts';
import { docker } from './suites/docker.ts';
import { k8s } from './suites/k8s.ts';
import { lambda } from './suites/lambda.ts';
import { local } from './suites/local.ts';
import { mcp } from './suites/mcp.ts';
import { queue } from './suites/queue.ts';
import { shells } from './suites/shells.ts';
import { ssh } from './suites/ssh.ts';

const suites: readonly Suite[] = [local, shells, queue, ssh, docker, k8s, lambda, mcp];
const page = join(import.meta.dirname, '../../docs/benchmarks.md');
const { chosen, scale, check, json, write, only } = readOptions(suites);

for (const suite of chosen) {
  const results: CaseResult[] = [];
  for (const measured of suite.cases.filter(({ name }) => name.includes(only))) {
    process.stderr.write(`${suite.name}: ${measured.name} …\n`);
    const result = await runCase(suite.name, measured, scale);
    if (json) for (const row of result.rows) console.log(JSON.stringify(row, rounded));
    results.push(result);
  }
  report(suite.name, results);
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(3)) : value;
}

function report(suite: string, results: readonly CaseResult[]): void {
  const rows = results.flatMap((result) => result.rows);
  const bars = results.flatMap((result) => result.bars);
  const verdicts = bars.map(barText).join('\n');
  if (json) process.stderr.write(`${verdicts}\n`);
  else console.log(`\n${machine()}\n\n${table(rows)}\n\n${verdicts}`);
  if (check && bars.some((bar) => missedBy(bar) > 0)) process.exitCode = 1;
  if (!write) return;
  const section = `${new Date().toISOString().slice(0, 10)}: ${machine()}\n\n${table(rows)}\n\n\`\`\`\n${verdicts}\n\`\`\``;
  writeFileSync(page, withResults(readFileSync(page, 'utf8'), suite, section));
}
