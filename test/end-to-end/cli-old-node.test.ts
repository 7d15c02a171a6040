import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ended, errand, startProcess } from './cli/errand.ts';
import { temporaryDirectory } from './cli/temporary.ts';

/** A Node of this machine that is older than Errand needs. */
function oldNode(): string | undefined {
  const files = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'node'));
  return files.find((file) => {
    try {
      return Number(/^v(\d+)/.exec(execFileSync(file, ['--version'], { encoding: 'utf8' }))?.[1]) < 22;
    } catch {
      return false;
    }
  });
}

function withVersion(version: string): string[] {
  const code = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

describe.concurrent('errand on an old Node', () => {
  test('says which it needs, and exits with 125', async ({ skip }) => {
    const node = oldNode();
    if (node === undefined) return skip('no Node before 22 in PATH');
    // As it is published: without types.
    const file = join(await temporaryDirectory(), 'bin.mjs');
    const source = await readFile(new URL('../../packages/cli/src/bin.ts', import.meta.url), 'utf8');
    await writeFile(file, stripTypeScriptTypes(source));
    const { code, stdout, stderr } = await ended(startProcess([node, file, 'run', 'ls']));
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 125, stdout: '' });
    expect(stderr).toMatch(/^errand needs Node 22\.19 or later; this is \d+\.\d+\.\d+\. .*\n$/);
  });

  test('draws the line at 22.19', async () => {
    const [before, first] = await Promise.all(
      ['22.18.9', '22.19.0'].map((version) => errand(['run', 'echo', 'ran'], { nodeOptions: withVersion(version) })),
    );
    expect(before).toMatchObject({ code: 125, stdout: Buffer.alloc(0), stderr: expect.stringContaining('this is 22.18.9.') });
    expect(first).toMatchObject({ code: 0, stdout: Buffer.from('ran\n'), stderr: '' });
  });
});
