import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localExecutor } from './local-executor.ts';

test('a result tells what an exit had left running, and only that', async () => {
  await using executor = localExecutor();
  const left = await executor.exec('sleep 60 >/dev/null 2>&1 &');
  expect(left).toMatchObject({ outcome: 'exited', exitCode: 0, reason: expect.stringContaining('left running') });
  const plain = await executor.exec('(sleep 0; :) & wait; exit 3');
  expect(plain).toMatchObject({ outcome: 'exited', exitCode: 3 });
  expect(plain).not.toHaveProperty('reason');
});

test.each([{}, { shells: {} }])('what a command leaves behind may finish what it writes: %j', async (options) => {
  await using executor = localExecutor({ ...options, defaults: { shell: '/bin/bash' } });
  let whole = 0;
  // A busy machine may let it run too late, but not every time.
  for (let i = 0; i < 10 && whole === 0; i += 1) {
    const { stdout, outcome } = await executor.exec('exec > >(sleep 0.03; cat) 2>&1; echo one; echo two');
    expect(outcome).toBe('exited');
    if (stdout.text === 'one\ntwo\n') whole += 1;
  }
  expect(whole).toBe(1);
});

test.each([{}, { shells: {} }])('works where this process is in a directory that was removed: %j', async (options) => {
  const before = process.cwd();
  const directory = await mkdtemp(join(tmpdir(), 'errand-gone-'));
  process.chdir(directory);
  await rmdir(directory);
  try {
    await using executor = localExecutor(options);
    expect((await executor.exec('pwd', { cwd: '/' })).stdout.text).toBe('/\n');
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    expect(await executor.files.exists('/')).toBe(true);
    await expect(executor.files.read('relative')).rejects.toThrow();
  } finally {
    process.chdir(before);
  }
});
