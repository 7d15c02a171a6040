import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FramedReadable } from './framed-readable.ts';

const NONCE = '0123456789abcdef0123456789abcdef';

function split(bytes: Buffer, at: readonly number[]): Buffer[] {
  const cuts = [...new Set(at.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((cut, i) => bytes.subarray(cut, cuts[i] ?? bytes.length)).filter((part) => part.length > 0);
}

function framed(parts: Iterable<Buffer>): FramedReadable {
  return new FramedReadable(Readable.from(parts, { objectMode: false }), NONCE);
}

/** Bytes that look much like a frame. */
const nearly = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc
    .constantFrom(NONCE, `${NONCE} `, NONCE.slice(0, 20), `${NONCE} begun\n`, `${NONCE} started x 2\n`, '\n')
    .map((text) => Buffer.from(text)),
);
const noise = fc.array(nearly, { maxLength: 6 }).map((parts) => Buffer.concat(parts));
const frame = fc.constantFrom('begin', 'started 12 3456789', 'refused limits.openFiles');

test('finds the frame and passes on what follows byte for byte, wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      noise,
      frame,
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      async (before, words, after, cuts) => {
        // What ends in the nonce itself would be part of the frame's line.
        const bytes = Buffer.concat([before, Buffer.from(`\n${NONCE} ${words}\n`), after]);
        const stream = framed(split(bytes, cuts));
        expect(await stream.frame).toEqual(words.split(' '));
        expect(await buffer(stream)).toEqual(Buffer.from(after));
      },
    ),
    { numRuns: 400 },
  );
});

test('a frame cut at every single byte is found', async () => {
  const bytes = Buffer.from(`motd\n${NONCE} started 1 2\nbody ${NONCE} started 3 4\n`);
  const stream = framed([...bytes].map((byte) => Buffer.from([byte])));
  expect(await stream.frame).toEqual(['started', '1', '2']);
  expect((await buffer(stream)).toString()).toBe(`body ${NONCE} started 3 4\n`);
});

test('a stream that ends without a frame says so, and shows how it began', async () => {
  const stream = framed([Buffer.from('This account is not available.\n')]);
  expect(await stream.frame).toBeUndefined();
  expect(stream.noise).toBe('This account is not available.');
});

test('a stream that fails before its frame has none', async () => {
  const source = new Readable({ read: () => {} });
  const stream = new FramedReadable(source, NONCE);
  source.destroy(new Error('broken'));
  expect(await stream.frame).toBeUndefined();
});

test('a fault after the frame is told to the reader', async () => {
  const source = new Readable({ read: () => {} });
  const stream = new FramedReadable(source, NONCE);
  source.push(`${NONCE} begin\npart`);
  await stream.frame;
  const reading = buffer(stream);
  source.destroy(new Error('broken'));
  await expect(reading).rejects.toThrow('broken');
});

test('a shell that prints without end is not waited for', async () => {
  let chunks = 0;
  const source = new Readable({
    read(): void {
      chunks += 1;
      this.push(Buffer.alloc(65_536, 'x'));
    },
  });
  const stream = new FramedReadable(source, NONCE);
  expect(await stream.frame).toBeUndefined();
  expect(source.destroyed).toBe(true);
  expect(chunks).toBeLessThan(64);
});

test('a reader that does not read stops the source', async () => {
  let chunks = 0;
  const source = new Readable({
    read(): void {
      chunks += 1;
      this.push(chunks === 1 ? `${NONCE} begin\n` : Buffer.alloc(65_536));
    },
  });
  const stream = new FramedReadable(source, NONCE);
  await stream.frame;
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  expect(chunks).toBeLessThan(10);
  const before = chunks;
  expect(stream.read()).not.toBeNull();
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  expect(chunks).toBeGreaterThan(before);
  stream.destroy();
  expect(source.destroyed).toBe(true);
});
