import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('the last line of a test run', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'errand-closing-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function lastLine(source: string): Promise<string | undefined> {
    await writeFile(
      join(folder, 'some.test.mjs'),
      `import { expect, it } from '${resolve('node_modules/vitest/dist/index.js')}';\n${source}`,
    );
    await writeFile(join(folder, 'vitest.config.mjs'), 'export default {};');
    const args = ['run', '--root', folder, '--reporter', 'default', '--reporter', resolve('test/closing-line.ts')];
    const output = await new Promise<string>((done) => {
      execFile(resolve('node_modules/.bin/vitest'), args, (_error, stdout) => done(stdout));
    });
    return output.trimEnd().split('\n').at(-1);
  }

  it('counts what passed, failed and was skipped', async () => {
    expect(await lastLine("it('a', () => {}); it('b', () => expect(1).toBe(2)); it.skip('c', () => {});")).toBe(
      '1 passed, 1 failed, 1 skipped',
    );
  });

  it('counts a file that cannot be loaded as a failure', async () => {
    expect(await lastLine("throw new Error('no');")).toBe('0 passed, 1 failed');
  });

  it('counts an error outside of the tests as a failure', async () => {
    const source = "it('a', () => { setTimeout(() => { throw new Error('late'); }); return new Promise((r) => setTimeout(r, 50)); });";
    expect(await lastLine(source)).toBe('1 passed, 1 failed');
  });
});
