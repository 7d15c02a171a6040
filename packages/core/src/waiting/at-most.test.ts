import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AtMost } from './at-most.ts';

test('at most so many things are done at a time, and one that is given up takes no turn', async () => {
  const turns = new AtMost(2);
  const never = new AbortController();
  let running = 0;
  let most = 0;
  const act = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await delay(1);
    running -= 1;
  };
  const others = Array.from({ length: 6 }, () => turns.run(act, never.signal));
  const abort = new AbortController();
  const givenUp = turns.run(act, abort.signal);
  abort.abort(new Error('given up'));
  await expect(givenUp).rejects.toThrow('given up');
  await Promise.all(others);
  expect(most).toBe(2);
  await turns.run(act, never.signal);
});
