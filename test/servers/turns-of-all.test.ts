import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TurnsOfAll } from './turns-of-all.ts';

it('lets many act at once, and one alone between those who came before it and those who came after', async () => {
  const turns = new TurnsOfAll();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const act = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve) => ends.set(name, resolve));
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    for (let turns = 0; turns < 3; turns += 1) await turn();
  };
  const all = [turns.run(false, act('a')), turns.run(false, act('b')), turns.run(true, act('alone')), turns.run(false, act('c'))];
  await turn();
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b']);
  await end('a');
  expect(begun).toEqual(['a', 'b', 'alone']);
  await end('alone');
  expect(begun).toEqual(['a', 'b', 'alone', 'c']);
  await end('c');
  await Promise.all(all);
});
