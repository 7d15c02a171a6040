import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './step.ts';

const pages = ['README.md', 'packages/*/README.md', 'docs/*.md'];

/** Type faults of the `ts` examples in the pages, at the page's own lines. Each example is a module of its own and must stand alone. */
export async function snippetFaults(): Promise<string[]> {
  mkdirSync('.tmp', { recursive: true });
  // Inside of the repository, so that imports are found as anywhere else in it.
  const folder = mkdtempSync(join('.tmp', 'snippets-'));
  try {
    const sources = new Map<string, string>();
    for (const page of globSync(pages)) {
      for (const [line, source] of snippetsOf(readFileSync(page, 'utf8'))) {
        const file = join(folder, `${page.replaceAll('/', '-')}-${line}.ts`);
        sources.set(file, page);
        writeFileSync(file, '\n'.repeat(line) + source);
      }
    }
    if (sources.size === 0) return [];
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.check.json', include: ['*.ts'] }));
    const { output } = await runProgram(['tsc', '--project', folder, '--moduleDetection', 'force', '--noUnusedLocals', 'false']);
    return output
      .split('\n')
      .filter(Boolean)
      .map((fault) => atPage(fault, sources));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The `ts` fences of a page, each with the number of lines before its source. */
export function* snippetsOf(page: string): Generator<[line: number, source: string]> {
  for (const fence of page.matchAll(/^```ts\n(.*?)^```$/gms)) {
    yield [page.slice(0, fence.index).split('\n').length, fence[1] ?? ''];
  }
}

function atPage(fault: string, sources: ReadonlyMap<string, string>): string {
  for (const [file, page] of sources) if (fault.startsWith(`${file}(`)) return page + fault.slice(file.length);
  return fault;
}
