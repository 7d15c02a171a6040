import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameDecoder } from './decoder.ts';
import { FrameEncoder } from './encoder.ts';
import type { Frame } from './frame.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const text = fc.string({ unit: 'binary', maxLength: 40 });
const ending = fc.oneof(
  fc.record(
    {
      outcome: fc.constantFrom('exited', 'signaled', 'timed-out', 'unknown'),
      exitCode: fc.nat(255),
      reason: text,
      omitted: fc.record({ stdout: fc.nat(), stderr: fc.nat() }),
    },
    { requiredKeys: ['outcome'] },
  ),
  fc.record({ refused: fc.record({ code: fc.constant('EXEC_NOT_FOUND'), message: text, detail: fc.record({ name: text }) }) }),
);
const middle = fc.oneof(
  fc.record({ type: fc.constantFrom('stdout', 'stderr'), data: bytes }),
  fc.constant({ type: 'heartbeat' }),
  fc.record({ type: fc.constant('usage'), cpuMs: fc.nat() }),
);
const frames = fc
  .tuple(fc.array(middle, { maxLength: 20 }), ending)
  .map(([between, last]) => [{ type: 'started' }, ...between, { type: 'ended', ending: last }] as Frame[]);

function encode(all: readonly Frame[]): Buffer {
  const encoder = new FrameEncoder();
  return Buffer.concat(all.map((frame) => encoder.encode(frame)));
}

function decode(pieces: readonly Uint8Array[]): { readonly got: Frame[]; readonly fault: unknown } {
  const decoder = new FrameDecoder();
  const got: Frame[] = [];
  try {
    for (const piece of pieces) for (const frame of decoder.push(piece)) got.push(frame);
    decoder.end();
    return { got, fault: undefined };
  } catch (fault) {
    return { got, fault };
  }
}

/** Where neighbours are of one stream, their bytes are one: output may come in other pieces than it was sent. */
function plain(all: readonly Frame[]): unknown {
  const kept: ({ readonly type: string; readonly data?: number[] } | Frame)[] = [];
  for (const frame of all) {
    const last = kept.at(-1);
    if (!('data' in frame)) kept.push(frame);
    else if (last?.type === frame.type && 'data' in last && Array.isArray(last.data)) last.data.push(...frame.data);
    else if (frame.data.length > 0) kept.push({ type: frame.type, data: [...frame.data] });
  }
  return kept;
}

const cuts = fc.array(fc.nat(3_000), { maxLength: 12 });

function cutAt(whole: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => Math.min(place, whole.length)).sort((a, b) => a - b), whole.length];
  return sorted.slice(1).map((end, i) => whole.subarray(sorted[i], end));
}

describe('frames', () => {
  it('arrive as they were, wherever the stream is cut into pieces', () => {
    fc.assert(
      fc.property(frames, cuts, (all, places) => {
        const { got, fault } = decode(cutAt(encode(all), places));
        expect(fault).toBeUndefined();
        expect(plain(got)).toEqual(plain(all));
      }),
    );
  });

  it('that end early give all that came, and are a cut', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (all, place) => {
        const encoder = new FrameEncoder();
        const lines = all.map((frame) => encoder.encode(frame));
        const whole = Buffer.concat(lines);
        const kept = whole.subarray(0, place % whole.length);
        const expected: Frame[] = [];
        let left = kept.length;
        for (const [i, frame] of all.entries()) {
          const size = lines[i]?.length ?? 0;
          if ('data' in frame) {
            const came = Math.min(size, left) - (size - frame.data.length);
            if (came > 0) expected.push({ ...frame, data: frame.data.subarray(0, came) });
          } else if (size <= left) expected.push(frame);
          left = Math.max(0, left - size);
        }
        const { got, fault } = decode([kept]);
        expect(plain(got)).toEqual(plain(expected));
        expect(fault).toMatchObject({ kind: got.length === 0 && kept.length > 0 ? 'garbage' : 'cut' });
      }),
    );
  });

  it('of which one is missing, doubled or out of order are a gap, with what came before it', () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.boolean(), (all, place, doubled) => {
        const encoder = new FrameEncoder();
        const lines = all.map((frame) => encoder.encode(frame));
        const at = place % lines.length;
        lines.splice(at, doubled ? 0 : 1, ...(doubled ? lines.slice(at, at + 1) : []));
        const { got, fault } = decode([Buffer.concat(lines)]);
        const isLast = at === all.length - 1;
        const expected = doubled ? { kind: isLast ? 'garbage' : 'gap' } : { kind: isLast ? 'cut' : 'gap' };
        expect(fault).toMatchObject(expected);
        expect(plain(got)).toEqual(plain(all.slice(0, doubled ? at + 1 : at)));
      }),
    );
  });

  it.each([
    ['hello\n', 'garbage'],
    ['hello', 'garbage'],
    ['{"statusCode":200}\n', 'garbage'],
    ['[1]\n', 'garbage'],
    ['{"v":1,"n":0,"type":"started"}\n', 'version'],
    ['{"v":2,"n":0,"type":"other"}\n', 'garbage'],
    ['{"v":2,"n":0,"type":"stdout","bytes":-1}\n', 'garbage'],
    ['{"v":2,"n":0,"type":"stdout","bytes":1.5}\n', 'garbage'],
    ['{"v":2,"n":0,"type":"stdout","bytes":"9"}\n', 'garbage'],
    ['{"v":2,"n":0,"type":"ended","ending":{"outcome":"fine"}}\n', 'garbage'],
    ['{"v":2,"n":1,"type":"started"}\n', 'gap'],
    ['', 'cut'],
    [Buffer.alloc(9_000_000, 'x').toString(), 'garbage'],
  ])('of others are told: %.40s', (said, kind) => {
    expect(decode([Buffer.from(said)])).toMatchObject({ got: [], fault: { kind } });
  });
});
