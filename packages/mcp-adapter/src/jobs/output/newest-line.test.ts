import { expect, test } from 'vitest';
import { NewestLine } from './newest-line.ts';

function after(...written: readonly (string | Uint8Array | ['stderr', string])[]): string {
  const newest = new NewestLine();
  for (const part of written) {
    if (Array.isArray(part)) newest.add(part[0], Buffer.from(part[1]));
    else newest.add('stdout', Buffer.from(part as string));
  }
  return newest.text;
}

test('it is the last line that has something in it, whole or not', () => {
  expect(after()).toBe('');
  expect(after('\n\n')).toBe('');
  expect(after('one\ntwo\n\n')).toBe('two');
  expect(after('one\ntw')).toBe('tw');
  expect(after('one\nt', 'w', 'o')).toBe('two');
});

test('it is of the stream that was written to last, whose parts the other one does not mix', () => {
  expect(after('out', ['stderr', 'warning\n'])).toBe('warning');
  expect(after('out', ['stderr', 'warning\n'], 'put')).toBe('output');
});

test('of a line that is written over and over it is what stands there', () => {
  expect(after('10 %\r20 %', '\r30 %')).toBe('30 %');
});

test('no terminal obeys it, and it is short', () => {
  expect(after('\u001b[2Jx\u0007\n')).toBe('␛[2Jx␇');
  expect(after(`${'x'.repeat(100_000)}\n`)).toBe(`${'x'.repeat(160)}…`);
  expect(after(`${'x'.repeat(159)}😀😀\n`)).toBe(`${'x'.repeat(159)}…`);
});

test('characters that come in parts are whole', () => {
  const bytes = Buffer.from('grün\n');
  expect(after(bytes.subarray(0, 3), bytes.subarray(3))).toBe('grün');
});
