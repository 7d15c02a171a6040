import { expect, test } from 'vitest';
import { SharedLook } from './shared-look.ts';

test('who asks while a question is asked shares the next one, and no answer is older than who asked for it', async () => {
  const asked: ((answer: number) => void)[] = [];
  const shared = new SharedLook(() => new Promise<number>((resolve) => asked.push(resolve)));
  const first = shared.look();
  await Promise.resolve().then(() => {});
  expect(asked).toHaveLength(1);
  const later = [shared.look(), shared.look(), shared.look()];
  asked[0]?.(1);
  expect(await first).toBe(1);
  await Promise.resolve().then(() => {});
  expect(asked).toHaveLength(2);
  asked[1]?.(2);
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
});

test('a question that fails keeps nobody from the next', async () => {
  let count = 0;
  const shared = new SharedLook(async () => {
    count += 1;
    if (count === 1) throw new Error('no answer');
    return count;
  });
  await expect(shared.look()).rejects.toThrow('no answer');
  expect(await shared.look()).toBe(2);
});
