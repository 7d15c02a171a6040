import { expect, test } from 'vitest';
import { expandHosts } from './expand-hosts.ts';

test.each([
  ['web1.prod', ['web1.prod']],
  ['web[1-3]', ['web1', 'web2', 'web3']],
  ['web[08-10].prod', ['web08.prod', 'web09.prod', 'web10.prod']],
  ['db[1,3,7-9]', ['db1', 'db3', 'db7', 'db8', 'db9']],
  ['r[a-c]n[1-2]', ['ran1', 'ran2', 'rbn1', 'rbn2', 'rcn1', 'rcn2']],
  ['[eu,us]-1', ['eu-1', 'us-1']],
])('%s stands for its hosts', (pattern, hosts) => {
  expect(expandHosts(pattern)).toEqual(hosts);
});

test.each(['a[1', 'a1]', 'a[1]]', 'a[[1]'])('%s lacks half of a bracket', (pattern) => {
  expect(expandHosts(pattern)).toMatch(/^has a bracket without/);
});

test.each(['a[]', 'a[3-1]', 'a[c-a]', 'a[1-]', 'a[-1]', 'a[1,,2]', 'a[1-2-3]', 'a[A-c]'])('%s has no range', (pattern) => {
  expect(expandHosts(pattern)).toMatch(/^has a range that is none/);
});

test.each(['a[1-10001]', 'a[1-999999999999999]', 'a[1-200]b[1-200]', `a[${'1-9000,'.repeat(2)}1]`])('%s stands for too many', (pattern) => {
  expect(expandHosts(pattern)).toMatch(/^stands for too many hosts/);
});

test('as many as are allowed are given', () => {
  expect(expandHosts('a[1-100]b[1-100]').length).toBe(10_000);
});
