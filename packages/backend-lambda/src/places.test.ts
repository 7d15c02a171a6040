import { expect, test } from 'vitest';
import { Places } from './places.ts';

const never = new AbortController().signal;

/** Lets what is settled be told. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('so many are in at once, and whoever came first follows whoever leaves', async () => {
  const places = new Places(2);
  const entered: number[] = [];
  const leaves = Array.from({ length: 4 }, (_, i) =>
    places.take(never).then((leave) => {
      entered.push(i);
      return leave;
    }),
  );
  await turn();
  expect(entered).toEqual([0, 1]);
  const first = await leaves[0];
  first?.();
  first?.(); // once
  await turn();
  expect(entered).toEqual([0, 1, 2]);
  (await leaves[1])?.();
  (await leaves[2])?.();
  (await leaves[3])?.();
  await Promise.all([places.take(never), places.take(never)]);
});

test('who gives up leaves the line, with his own reason', async () => {
  const places = new Places(1);
  const leave = await places.take(never);
  const controller = new AbortController();
  const given = places.take(controller.signal);
  const next = places.take(never);
  controller.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  await expect(places.take(controller.signal)).rejects.toThrow('enough');
  leave();
  await next;
});
