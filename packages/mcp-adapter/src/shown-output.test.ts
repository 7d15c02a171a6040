import { localExecutor, type Output } from '@errand/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { showOutput } from './shown-output.ts';

const executor = localExecutor();
afterAll(async () => await executor.close());

/** What a command that wrote these bytes left, of which `kept` were kept. */
async function outputOf(bytes: string | Uint8Array, kept = 1_024): Promise<Output> {
  const { stdout } = await executor.exec(['cat'], { stdin: bytes, maxOutputBytes: kept });
  return stdout;
}

function cut(text: string): [head: string, omitted: number, tail: string] {
  const match = /^(.*)\n\[… (\d+) bytes omitted …\]\n(.*)$/s.exec(text);
  return [match?.[1] ?? '', Number(match?.[2]), match?.[3] ?? ''];
}

test('output within the bound is shown as it is, untrimmed', async () => {
  const text = '\uFEFF a\n\n';
  expect(showOutput(await outputOf(text), 7)).toEqual({ text, totalBytes: 7, omittedBytes: 0, invalidUtf8: false, hadControls: false });
});

test('longer output is cut in the middle, and the cut is counted', async () => {
  expect(showOutput(await outputOf('abcdefghij'), 5)).toEqual({
    text: 'abc\n[… 5 bytes omitted …]\nij',
    totalBytes: 10,
    omittedBytes: 5,
    invalidUtf8: false,
    hadControls: false,
  });
});

test('what the command was not kept of counts as omitted too', async () => {
  expect(showOutput(await outputOf('abcdefghij', 6), 4)).toMatchObject({ text: 'ab\n[… 6 bytes omitted …]\nij', omittedBytes: 6 });
  expect(showOutput(await outputOf('abcdefghij', 6), 100)).toMatchObject({ text: 'abc\n[… 4 bytes omitted …]\nhij', omittedBytes: 4 });
});

test('a bound of 0 shows nothing and counts everything', async () => {
  expect(showOutput(await outputOf('abc', 0), 0)).toMatchObject({ text: '\n[… 3 bytes omitted …]\n', totalBytes: 3, omittedBytes: 3 });
  expect(showOutput(await outputOf('', 0), 0)).toEqual({
    text: '',
    totalBytes: 0,
    omittedBytes: 0,
    invalidUtf8: false,
    hadControls: false,
  });
});

test('bytes that are no UTF-8 are shown as U+FFFD, and said to be', async () => {
  const shown = showOutput(await outputOf(Uint8Array.of(0x61, 0xff, 0xe2, 0x82)), 100);
  expect(shown).toMatchObject({ text: 'a\uFFFD\uFFFD', totalBytes: 4, invalidUtf8: true });
  expect(showOutput(await outputOf(Uint8Array.of(0xff, ...Buffer.from('x'.repeat(50)))), 10).invalidUtf8).toBe(true);
});

describe('a cut through characters of one to four bytes', () => {
  const text = 'aé€😀'.repeat(20);
  let output: Output;
  beforeAll(async () => {
    output = await outputOf(text);
  });

  test.each(Array.from({ length: 40 }, (_, bytes) => bytes))('to %i bytes omits whole characters only', (bytes) => {
    const { text: shown, totalBytes, omittedBytes, invalidUtf8 } = showOutput(output, bytes);
    const [head, omitted, tail] = cut(shown);
    expect(invalidUtf8).toBe(false);
    expect(text.startsWith(head)).toBe(true);
    expect(text.endsWith(tail)).toBe(true);
    expect(omitted).toBe(omittedBytes);
    const headBytes = Buffer.byteLength(head);
    const tailBytes = Buffer.byteLength(tail);
    expect(headBytes + omittedBytes + tailBytes).toBe(totalBytes);
    expect(headBytes).toBeLessThanOrEqual(Math.ceil(bytes / 2));
    expect(tailBytes).toBeLessThanOrEqual(Math.floor(bytes / 2));
    // No character that fits is left out: the longest one has four bytes.
    expect(bytes - headBytes - tailBytes).toBeLessThanOrEqual(6);
  });
});
