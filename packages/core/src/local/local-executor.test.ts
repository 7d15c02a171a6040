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
