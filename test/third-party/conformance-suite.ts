import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A check that did not go well. */
export interface Remark {
  readonly status: 'FAILURE' | 'WARNING';
  readonly id: string;
  readonly message: string;
}

/** What a run of the conformance suite said: the remarks of each scenario that ran. */
export type Remarks = ReadonlyMap<string, readonly Remark[]>;

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

/** Runs all scenarios that the suite has for servers of one revision; `results` is a directory for what it writes. */
export async function runConformanceSuite(program: string, url: string, revision: string, results: string): Promise<Remarks> {
  const args = [program, 'server', '--url', url, '--suite', 'all', '--spec-version', revision, '--output-dir', results];
  // It exits with 1 where any check fails, as some do: what it wrote says which.
  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { timeout: 60_000 }, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`));
  });
  const remarks = new Map<string, Remark[]>();
  for (const directory of await readdir(results)) {
    // server-NAME-2026-07-28T00-00-00-000Z
    const [, scenario] = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(directory) ?? [];
    if (scenario === undefined) throw new Error(`${directory} is of no scenario: ${said}`);
    const checks = JSON.parse(await readFile(join(results, directory, 'checks.json'), 'utf8')) as Check[];
    remarks.set(
      scenario,
      checks.flatMap(({ id, status, errorMessage: message = '' }) =>
        status === 'FAILURE' || status === 'WARNING' ? [{ status, id, message } as const] : [],
      ),
    );
  }
  // A run that was broken off says no summary.
  if (!said.includes('=== SUMMARY ===')) throw new Error(`The conformance suite did not come to its end: ${said}`);
  return remarks;
}
