import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { deliveredOf } from './exec-channel.ts';

const NEVER = new Promise<never>(() => {});
const EXITED = Promise.resolve({ exitCode: 0 });

interface Waiting {
  isOver: boolean;
}

function waitingFor(delivered: Promise<void>): Waiting {
  const waiting = { isOver: false };
  void delivered.then(() => {
    waiting.isOver = true;
  });
  return waiting;
}

test('what still comes after the exit is waited for, and what comes no more is not', async () => {
  const told = Promise.withResolvers<void>();
  const flowing = {
    status: NEVER,
    isHeld: false,
    get stillSince() {
      return performance.now() - 100;
    },
  };
  const still = waitingFor(deliveredOf({ status: NEVER, isHeld: false, stillSince: performance.now() }, EXITED, { delivered: NEVER }));
  const coming = waitingFor(deliveredOf(flowing, EXITED, { delivered: told.promise }));
  const held = waitingFor(deliveredOf({ status: NEVER, isHeld: true, stillSince: 0 }, EXITED, { delivered: NEVER }));
  await expect.poll(() => still.isOver, { timeout: 15_000 }).toBe(true);
  // Longer than what is still is waited for.
  await delay(1_500);
  expect([coming.isOver, held.isOver]).toEqual([false, false]);
  told.resolve();
  await expect.poll(() => coming.isOver).toBe(true);
}, 20_000);
