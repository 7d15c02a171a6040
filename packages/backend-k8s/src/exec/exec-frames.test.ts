import { expect, test } from 'vitest';
import { ExecFrames } from './exec-frames.ts';
import { MARK } from './wrapper.ts';

const NONCE = 'ab'.repeat(16);

/** What is left of a stream that comes in pieces of this size. */
function taken(frames: ExecFrames, name: 'stdout' | 'stderr', text: string, size: number): string {
  const bytes = Buffer.from(text, 'latin1');
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(frames.take(name, bytes.subarray(at, at + size)));
  return Buffer.concat([...pieces, frames.rest(name)]).toString('latin1');
}

test.each([1, 2, 7, 1_000])('frames are taken out, in pieces of %i bytes', async (size) => {
  const frames = new ExecFrames(NONCE);
  expect(taken(frames, 'stdout', `${MARK}${NONCE} hello 7\nout${MARK}${NONCE} end 3\nlate`, size)).toBe('outlate');
  expect(taken(frames, 'stderr', `${MARK}err\n${MARK}${NONCE} end 3\n`, size)).toBe(`${MARK}err\n`);
  expect(await frames.hello).toBe('7');
  expect(await frames.ended).toBe(3);
  await frames.delivered;
});

test('what only begins like a frame is output', () => {
  const frames = new ExecFrames(NONCE);
  const text = `${MARK}${NONCE} en${MARK}${NONCE.slice(1)} end 0\n${MARK}`;
  expect(taken(frames, 'stdout', `${MARK}${NONCE} hello 7\n${text}`, 5)).toBe(text);
});

test('what cannot be waited for says so', async () => {
  const frames = new ExecFrames(NONCE);
  expect(taken(frames, 'stdout', `${MARK}${NONCE} bare\nout`, 100)).toBe('out');
  expect(await frames.hello).toBeUndefined();
});
