import { setTimeout as delay } from 'node:timers/promises';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { expect, test } from 'vitest';
import { LimiterStore, UNLIMITED } from './limiter-store.ts';

test('what is given back for a count that came late still arrives before its store is closed', async () => {
  const memory = new RateLimiterMemory(UNLIMITED);
  const counted: number[] = [];
  const limiter = {
    get: (key: string) => memory.get(key),
    penalty: async (key: string, points: number) => {
      await delay(50);
      counted.push(points);
      return memory.penalty(key, points);
    },
  };
  const close = async (): Promise<void> => void counted.push(0);
  const store = new LimiterStore(
    'slow store',
    async () => ({ limiter, close }),
    10_000,
    () => {},
  );
  const given = store.add('a', 1, 60_000).then(() => store.add('a', -1, 60_000));
  await store.close();
  expect(counted).toEqual([1, -1, 0]);
  await given;
});
