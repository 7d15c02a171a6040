import { expect, test } from 'vitest';
import { parseJumps } from './parse-jumps.ts';

test.each([
  ['', []],
  ['a', [{ host: 'a' }]],
  ['u@a:1,b', [{ user: 'u', host: 'a', port: 1 }, { host: 'b' }]],
  ['u@realm@a', [{ user: 'u@realm', host: 'a' }]],
  ['[fe80::1]:2,[::1]', [{ host: 'fe80::1', port: 2 }, { host: '::1' }]],
  ['ssh://u%40v@a:3/,ssh://b', [{ user: 'u@v', host: 'a', port: 3 }, { host: 'b' }]],
])('%j goes through %j', (list, jumps) => {
  expect(parseJumps(list)).toEqual(jumps);
});
