import { expect, test } from 'vitest';
import { merged } from './merged.ts';

test('objects are merged key by key, lists as a whole, and null takes a key away', () => {
  const base = { a: { b: 1, c: [1, 2], d: 'x' } };
  expect(merged(base, { a: { c: [3], d: null, e: { f: 1 } } })).toEqual({ a: { b: 1, c: [3], e: { f: 1 } } });
  expect(base).toEqual({ a: { b: 1, c: [1, 2], d: 'x' } });
});

test('containers are merged by name', () => {
  const base = { containers: [{ name: 'errand', image: 'a', env: [1] }] };
  const patch = {
    containers: [
      { name: 'side', image: 'b' },
      { name: 'errand', env: [2] },
    ],
  };
  expect(merged(base, patch)).toEqual({
    containers: [
      { name: 'errand', image: 'a', env: [2] },
      { name: 'side', image: 'b' },
    ],
  });
});
