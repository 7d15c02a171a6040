import assert from 'node:assert/strict';
import type { Output } from '../../output.ts';
import type { Concern, Kit } from '../case.ts';
import { pattern, patternScript } from '../tools/pattern.ts';

/** Promise 1: what is not kept is counted, never silently lost. */
export const omission: Concern = {
  name: 'what is not kept is counted',
  cases: () => [
    { name: 'head and tail are kept, and the rest is counted exactly', run: headAndTail },
    { name: 'an odd maxOutputBytes is kept to the byte', run: oddBound },
    { name: 'output of exactly maxOutputBytes is kept whole, one byte more is not', run: oneByteMore },
    { name: 'maxOutputBytes 0 keeps nothing and counts everything', run: nothingKept },
    { name: 'bytes throws EXEC_OUTPUT_OMITTED where something was omitted', run: bytesThrow },
    { name: 'text shows the cut with its size', run: textShowsCut },
    { name: 'each stream has the bound for itself', run: eachStream },
    { name: 'a mebibyte of each stream is kept by default', run: defaultBound },
  ],
};

/** Asserts that `output` is what `all` becomes when `kept` bytes of it may be kept. */
function assertCut(output: Output, all: Buffer, kept: number): void {
  const { head, tail } = output;
  assert.equal(output.totalBytes, all.length);
  assert.equal(output.omittedBytes, all.length - kept);
  assert.equal(head.length + tail.length, kept);
  assert.ok(Math.abs(head.length - tail.length) <= 1, `Half and half, not ${head.length} and ${tail.length}.`);
  assert.ok(all.subarray(0, head.length).equals(head), 'The head should be the first bytes.');
  assert.ok(all.subarray(all.length - tail.length).equals(tail), 'The tail should be the last bytes.');
}

async function headAndTail({ executor }: Kit): Promise<void> {
  const result = await executor.exec(patternScript(2_000), { maxOutputBytes: 1_000 });
  assertCut(result.stdout, pattern(2_000), 1_000);
}

async function oddBound({ executor }: Kit): Promise<void> {
  for (const kept of [1, 777]) {
    const result = await executor.exec(patternScript(100), { maxOutputBytes: kept });
    assertCut(result.stdout, pattern(100), kept);
  }
}

async function oneByteMore({ executor }: Kit): Promise<void> {
  const exact = await executor.exec(patternScript(16), { maxOutputBytes: 1_024 });
  assert.equal(exact.stdout.omittedBytes, 0);
  assert.deepEqual(Buffer.from(exact.stdout.bytes), pattern(16));
  assert.deepEqual(Buffer.from(exact.stdout.head), pattern(16));
  assert.equal(exact.stdout.tail.length, 0);
  const more = await executor.exec(patternScript(16), { maxOutputBytes: 1_023 });
  assertCut(more.stdout, pattern(16), 1_023);
}

async function nothingKept({ executor }: Kit): Promise<void> {
  const result = await executor.exec(`${patternScript(10)}; exit 4`, { maxOutputBytes: 0 });
  assert.equal(result.exitCode, 4);
  assertCut(result.stdout, pattern(10), 0);
  assert.equal(result.stderr.bytes.length, 0, 'Nothing was omitted of an empty stream.');
}

async function bytesThrow({ executor }: Kit): Promise<void> {
  const result = await executor.exec(patternScript(10), { maxOutputBytes: 64 });
  assert.throws(() => result.stdout.bytes, { code: 'EXEC_OUTPUT_OMITTED', message: /maxOutputBytes/ });
}

async function textShowsCut({ executor }: Kit): Promise<void> {
  const result = await executor.exec("printf 'abcdefghij'", { maxOutputBytes: 4 });
  assert.equal(result.stdout.text, 'ab\n[… 6 bytes omitted …]\nij');
  assert.equal(result.stdout.toString(), result.stdout.text);
}

async function eachStream({ executor }: Kit): Promise<void> {
  const result = await executor.exec(`${patternScript(10)}; printf 'short' >&2`, { maxOutputBytes: 100 });
  assertCut(result.stdout, pattern(10), 100);
  assert.equal(result.stderr.text, 'short');
}

async function defaultBound({ executor }: Kit): Promise<void> {
  const exact = await executor.exec('dd if=/dev/zero bs=65536 count=16 2>/dev/null');
  assert.equal(exact.stdout.bytes.length, 2 ** 20);
  const more = await executor.exec('dd if=/dev/zero bs=65536 count=16 2>/dev/null; printf x');
  assertCut(more.stdout, Buffer.concat([Buffer.alloc(2 ** 20), Buffer.from('x')]), 2 ** 20);
}
