import type { OutputName } from '@errand/core/waiting';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameParser } from './frame-parser.ts';

function frame(type: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = type;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** Cut where the numbers say, which are taken modulo what is left. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

function read(pieces: readonly Buffer[]): Record<OutputName, Buffer> & { isWithin: boolean } {
  const parser = new FrameParser();
  const got: Record<OutputName, Buffer[]> = { stdout: [], stderr: [] };
  for (const piece of pieces) parser.parse(piece, (stream, data) => got[stream].push(data));
  return { stdout: Buffer.concat(got.stdout), stderr: Buffer.concat(got.stderr), isWithin: parser.isWithin };
}

describe('frames of Docker', () => {
  test('give each stream its bytes in order, wherever they are cut', () => {
    const frames = fc.array(fc.record({ type: fc.constantFrom(0, 1, 2, 3), payload: fc.uint8Array({ maxLength: 40 }) }), { maxLength: 12 });
    fc.assert(
      fc.property(frames, fc.array(fc.nat()), (all, places) => {
        const of = (...types: number[]) => Buffer.concat(all.filter(({ type }) => types.includes(type)).map(({ payload }) => payload));
        const pieces = cut(Buffer.concat(all.map(({ type, payload }) => frame(type, payload))), places);
        expect(read(pieces)).toEqual({ stdout: of(0, 1), stderr: of(2, 3), isWithin: false });
      }),
    );
  });

  test('are known to be unfinished wherever they end early', () => {
    const whole = frame(1, Buffer.from('abc'));
    for (let length = 1; length < whole.length; length += 1) expect(read([whole.subarray(0, length)]).isWithin).toBe(true);
    expect(read([]).isWithin).toBe(false);
  });

  test('of 64 MiB are passed on piece by piece, without a copy', () => {
    const piece = Buffer.alloc(65_536, 7);
    const parser = new FrameParser();
    const copies: Buffer[] = [];
    let pieces = 0;
    const take = (_stream: OutputName, data: Buffer): void => {
      pieces += 1;
      if (data.buffer !== piece.buffer || data.length !== piece.length) copies.push(data);
    };
    const header = frame(2, Buffer.alloc(0));
    header.writeUInt32BE(1_024 * piece.length, 4);
    parser.parse(header, take);
    for (let i = 0; i < 1_024; i += 1) parser.parse(piece, take);
    expect({ pieces, copies, isWithin: parser.isWithin }).toEqual({ pieces: 1_024, copies: [], isWithin: false });
  });

  test.each([[[4, 0, 0, 0, 0, 0, 0, 1]], [[1, 0, 1, 0, 0, 0, 0, 1]], [[...Buffer.from('HTTP/1.1')]]])(
    'with the header %j are none',
    (header) => {
      expect(() => read([Buffer.from(header)])).toThrow('no multiplexed stream');
    },
  );
});
