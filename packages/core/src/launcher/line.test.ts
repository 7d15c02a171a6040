import { expect, test } from 'vitest';
import { launchLine, terminalLine } from './line.ts';

const NONCE = '0123456789abcdef'.repeat(2);

test.each([launchLine(), terminalLine(NONCE)])('the line holds nothing that some login shell would read otherwise: %s', (line) => {
  const [, body = ''] = /^exec \/bin\/sh -c '(.*)'$/s.exec(line) ?? [];
  expect(body).not.toBe('');
  expect(body).not.toMatch(/['\\!\n]/);
});

test('the line is the same for every command', () => {
  expect(launchLine()).toBe(launchLine('/bin/sh'));
  expect(launchLine('/bin/busybox ash').replace('/bin/busybox ash', '/bin/sh')).toBe(launchLine());
});

test('the line of a terminal is the same for every command, but for its nonce', () => {
  expect(terminalLine(NONCE).replaceAll(NONCE, 'f'.repeat(32))).toBe(terminalLine('f'.repeat(32)));
});
