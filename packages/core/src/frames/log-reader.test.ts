import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LINE_BYTES } from './log-line.ts';
import { LogReader, type StreamName } from './log-reader.ts';
import type { LogEnd } from './log-stream.ts';

const NONCE = '0123456789abcdef0123456789abcdef';
const END = `${NONCE} ended exited 3 0 0 0 0m0.010s 0m0.020s\n`;

/** A stream as its pump writes it, in blocks cut at these places. */
function lines(letter: 'o' | 'e', bytes: Buffer, cuts: readonly number[], hex = false): string[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const begins = [0, ...places.filter((place) => place > 0 && place < bytes.length)];
  return begins.flatMap((begin, i) => {
    const block = bytes.subarray(begin, begins[i + 1] ?? bytes.length);
    const size = hex ? block.length : LINE_BYTES;
    const count = Math.max(1, Math.ceil(block.length / size));
    return Array.from({ length: count }, (_, k) => {
      const part = block.subarray(k * size, (k + 1) * size);
      return `${NONCE} ${hex ? 'x' : ''}${letter} ${begin}.${k + 1} ${part.toString(hex ? 'hex' : 'base64')}\n`;
    });
  });
}

class Heard {
  readonly words: string[] = [];
  readonly ends: Partial<Record<StreamName, LogEnd>> = {};
  readonly #parts: Record<StreamName, Buffer[]> = { stdout: [], stderr: [] };
  readonly reader: LogReader = new LogReader(NONCE, {
    onWords: (words) => void this.words.push(words.join(' ')),
    onData: (stream, data) => void this.#parts[stream].push(data),
    onEnd: (stream, end) => {
      expect(this.ends[stream]).toBeUndefined();
      this.ends[stream] = end;
    },
  });

  of(stream: StreamName): Buffer {
    return Buffer.concat(this.#parts[stream]);
  }

  hear(text: string, cuts: readonly number[] = []): void {
    const bytes = Buffer.from(text, 'latin1');
    const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
    for (const [i, begin] of [0, ...places].entries()) this.reader.hear(bytes.subarray(begin, places[i] ?? bytes.length));
  }
}

/** Bytes that look much like an end. */
const nearly = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(NONCE, `${NONCE} `, NONCE.slice(0, 20), `${NONCE} ended exited\n`, '\n', '\0').map((text) => Buffer.from(text)),
);
const output = fc.oneof(
  fc.array(nearly, { maxLength: 8 }).map((parts) => Buffer.concat(parts)),
  fc.uint8Array({ minLength: 9_000, maxLength: 40_000 }).map((bytes) => Buffer.from(bytes)),
);
const cuts = fc.array(fc.nat(), { maxLength: 12 });
/** The lines of two pipes come in any order, each pipe's own in order. */
const order = fc.infiniteStream(fc.boolean());

function mixed(first: readonly string[], second: readonly string[], which: Iterator<boolean>): string[] {
  const queues: [string[], string[]] = [[...first], [...second]];
  const result = [`${NONCE} started 7 123\n`];
  while (queues[0].length > 0 || queues[1].length > 0) {
    const queue = queues[0].length > 0 && (queues[1].length === 0 || which.next().value) ? queues[0] : queues[1];
    result.push(queue.shift() ?? '');
  }
  return result;
}

const log = fc.tuple(output, output, cuts, cuts, order, fc.boolean()).map(([out, err, outCuts, errCuts, which, hex]) => ({
  out,
  err,
  lines: mixed(
    lines('o', Buffer.concat([out, Buffer.from(END)]), outCuts, hex),
    lines('e', Buffer.concat([err, Buffer.from(END)]), errCuts, hex),
    which[Symbol.iterator](),
  ),
}));

test('gives each byte of both streams once, however the log is cut, and however often it is read again', () => {
  fc.assert(
    fc.property(log, cuts, fc.array(fc.nat(), { maxLength: 4 }), ({ out, err, lines: all }, pieces, breaks) => {
      const heard = new Heard();
      const text = all.join('');
      for (const at of breaks) {
        heard.hear(text.slice(0, at % (text.length + 1)), pieces);
        heard.reader.again();
      }
      heard.hear(text, pieces);
      expect(heard.of('stdout').equals(out)).toBe(true);
      expect(heard.of('stderr').equals(err)).toBe(true);
      expect(heard.words).toEqual(['started 7 123']);
      expect(heard.ends.stdout).toEqual({ how: 'exited', code: 3, isSignaled: false, hasLeft: false, oomKills: 0, cpuMs: 30 });
      expect(heard.ends.stderr).toEqual(heard.ends.stdout);
      expect(heard.reader.missing('stdout') + heard.reader.missing('stderr')).toBe(0);
      expect(heard.reader.isWaiting).toBe(false);
    }),
  );
});

test('what is missing is waited for, and found when the log is read again', () => {
  fc.assert(
    fc.property(log, fc.nat(), ({ out, err, lines: all }, lost) => {
      const heard = new Heard();
      heard.hear(all.filter((_, i) => i !== lost % all.length).join(''));
      heard.reader.again();
      heard.hear(all.join(''));
      expect(heard.of('stdout').equals(out)).toBe(true);
      expect(heard.of('stderr').equals(err)).toBe(true);
    }),
  );
});

test('what is missing for good is counted, and nothing behind it is given', () => {
  fc.assert(
    fc.property(log, fc.nat(), fc.nat(), ({ out, err, lines: all }, first, count) => {
      // Not the end itself, without which nobody would know.
      const ending = new Set([...new Set(['o', 'e'])].map((letter) => all.findLastIndex((line) => line.split(' ')[1]?.endsWith(letter))));
      const gone = (i: number): boolean => i > 0 && !ending.has(i) && i >= first % all.length && i <= (first % all.length) + (count % 4);
      const cut = all.filter((_, i) => !gone(i)).join('');
      const heard = new Heard();
      for (let reading = 0; reading < 6; reading += 1) {
        heard.hear(cut);
        if (!heard.reader.isWaiting) break;
        heard.reader.again();
      }
      for (const [name, whole] of [
        ['stdout', out],
        ['stderr', err],
      ] as const) {
        const given = heard.of(name);
        if (heard.ends[name] === undefined) continue;
        expect(whole.subarray(0, given.length).equals(given)).toBe(true);
        expect(given.length + heard.reader.missing(name)).toBe(whole.length);
      }
    }),
  );
});

test('lines of others, and what was mixed up with them, are nobody’s', () => {
  const heard = new Heard();
  heard.hear(`sh: 1: noise\n${NONCE} o 0.1 aGV-bG8=\n${NONCE} o 0.1 abc\n${NONCE} xo 0.1 abc\n${NONCE.slice(1)}0 o 0.1 aGVsbG8=\n`);
  heard.hear(`${NONCE} o 0.1 aGVsbG8=\n`);
  expect(heard.of('stdout').toString()).toBe('hello');
});
