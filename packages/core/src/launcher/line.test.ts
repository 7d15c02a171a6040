import { expect, test } from 'vitest';
import { launchLine } from './line.ts';

test('the line holds nothing that some login shell would read otherwise', () => {
  const [, body = ''] = /^exec \/bin\/sh -c '(.*)'$/s.exec(launchLine()) ?? [];
  expect(body).not.toBe('');
  expect(body).not.toMatch(/['\\!\n]/);
});

test('the line is the same for every command', () => {
  expect(launchLine()).toBe(launchLine('/bin/sh'));
  expect(launchLine('/bin/busybox ash').replace('/bin/busybox ash', '/bin/sh')).toBe(launchLine());
});
