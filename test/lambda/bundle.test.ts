import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bundleHandler } from '../../scripts/bundle-handler.ts';
import { importsOf } from '../../scripts/check/imports.ts';

test('the handler is one file of less than 60 KB that stands on node:* alone and has what its types say', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'errand-bundle-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'errand-handler.mjs');
  await bundleHandler(file);
  expect((await readFile(file)).length).toBeLessThan(60_000);
  expect(importsOf(file).filter(({ specifier }) => !specifier.startsWith('node:'))).toEqual([]);
  const script = `import(${JSON.stringify(file)}).then((module) => console.log(Object.keys(module).join()))`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--eval', script]);
  expect([stdout, stderr]).toEqual(['createHandler,handler\n', '']);
});
