import { expect, test } from 'vitest';
import { table } from './table.ts';

test('a table has a column for what was measured of any row, and none for what was not', () => {
  const rows = [
    { suite: 's', case: 'one', subject: 'a', n: 10, p50Ms: 1 },
    { suite: 's', case: 'two', subject: 'b', n: 2, heapBytes: 2_000 },
  ];
  expect(table(rows).split('\n')).toEqual([
    '| case | subject |   n | p50 ms | heap B each |',
    '| ---- | ------- | --: | -----: | ----------: |',
    '| one  | a       |  10 |   1.00 |             |',
    '| two  | b       |   2 |        |        2000 |',
  ]);
});
