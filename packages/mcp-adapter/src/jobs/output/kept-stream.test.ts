import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeptStream } from './kept-stream.ts';
import { readSegments } from './read-segments.ts';
import { findSegments } from './segment-files.ts';

const KEPT = 65_536;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'errand-kept-'));
});
afterEach(async () => await rm(directory, { recursive: true, force: true }));

/** The bytes `from` … `to` of a stream in which each byte tells its place. */
function bytesAt(from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  for (let i = from; i < to; i += 1) bytes[i - from] = (i * 31 + (i >> 8) * 7 + (i >> 16)) & 0xff;
  return bytes;
}

async function fill(stream: KeptStream, from: number, to: number, piece = 10_007): Promise<void> {
  for (let at = from; at < to; at += piece) await stream.write(bytesAt(at, Math.min(to, at + piece)), at);
}

/** Everything that is kept, by reading page after page, with each page's place checked. */
async function readAll(
  read: (offset: number, max: number) => ReturnType<KeptStream['read']>,
  total: number,
): Promise<[from: number, to: number][]> {
  const kept: [number, number][] = [];
  for (let offset = 0; offset < total; ) {
    const { offset: begin, bytes } = await read(offset, 4_099);
    expect(bytes.equals(bytesAt(begin, begin + bytes.length))).toBe(true);
    const last = kept.at(-1);
    if (last !== undefined && last[1] === begin) last[1] += bytes.length;
    else if (bytes.length > 0) kept.push([begin, begin + bytes.length]);
    offset = begin + bytes.length;
  }
  return kept;
}

test.each([0, 1, 20_000])('what fits is kept whole, when it is put into files after %i bytes', async (inMemory) => {
  const stream = new KeptStream('stdout', KEPT);
  await fill(stream, 0, inMemory);
  await stream.spill(directory);
  await fill(stream, inMemory, KEPT);
  await stream.end(KEPT);
  expect(await readAll((offset, max) => stream.read(offset, max), KEPT)).toEqual([[0, KEPT]]);
  expect(stream.keptBytes).toBe(KEPT);
});

test('of more the first half and the newest are kept, never more than the bound, and nothing else is told', async () => {
  const stream = new KeptStream('stdout', KEPT);
  await stream.spill(directory);
  for (let total = 30_000; total <= 400_000; total += 30_000) {
    await fill(stream, total - 30_000, total);
    const kept = await readAll((offset, max) => stream.read(offset, max), total);
    expect(kept[0]?.[0]).toBe(0);
    expect(kept[0]?.[1]).toBeGreaterThanOrEqual(Math.min(total, KEPT / 2));
    expect(kept.at(-1)?.[1]).toBe(total);
    if (total > KEPT) expect(total - (kept.at(-1)?.[0] ?? 0)).toBeGreaterThanOrEqual((KEPT / 2 / 4) * 3);
    const sizes = await Promise.all((await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(stream.keptBytes);
    expect(stream.keptBytes).toBeLessThanOrEqual(KEPT);
  }
});

test('the files say the same to whoever reads them later', async () => {
  const stream = new KeptStream('stdout', KEPT);
  await fill(stream, 0, 5_000);
  await stream.spill(directory);
  await fill(stream, 5_000, 300_000);
  const live = await readAll((offset, max) => stream.read(offset, max), 300_000);
  const kept = { segments: await findSegments(directory, 'stdout'), totalBytes: 300_000, ended: true };
  expect(await readAll((offset, max) => readSegments(kept, offset, max), 300_000)).toEqual(live);
  await stream.end(300_000);
});

test('bytes that were lost before they came are a gap', async () => {
  const stream = new KeptStream('stdout', KEPT);
  await stream.write(bytesAt(0, 100), 0);
  await stream.write(bytesAt(200, 300), 200);
  await stream.spill(directory);
  await stream.write(bytesAt(300, 400), 300);
  await stream.write(bytesAt(1_000, 1_100), 1_000);
  await stream.end(1_500);
  expect(await readAll((offset, max) => stream.read(offset, max), 1_500)).toEqual([
    [0, 100],
    [200, 400],
    [1_000, 1_100],
  ]);
  expect(await stream.read(50, 1_000)).toMatchObject({ offset: 50, isLast: true });
  expect(await stream.read(1_100, 1_000)).toMatchObject({ offset: 1_500, isLast: true });
});

test('where no file can be written, what came before stays, and what comes is counted', async () => {
  const stream = new KeptStream('stdout', KEPT);
  await fill(stream, 0, 1_000);
  await stream.spill(join(directory, 'not-there'));
  await fill(stream, 1_000, 5_000);
  await stream.end(5_000);
  expect(await readAll((offset, max) => stream.read(offset, max), 5_000)).toEqual([[0, 1_000]]);
  expect(stream.totalBytes).toBe(5_000);
});

test('who reads while it is written to is given no byte that is not counted, and none that is wrong', async () => {
  const stream = new KeptStream('stdout', KEPT);
  await stream.spill(directory);
  let isOver = false;
  const writing = fill(stream, 0, 500_000, 40_009).then(() => {
    isOver = true;
  });
  for (let offset = 0; !isOver; ) {
    const { offset: begin, bytes } = await stream.read(offset, 50_000);
    expect(begin + bytes.length).toBeLessThanOrEqual(stream.totalBytes);
    expect(bytes.equals(bytesAt(begin, begin + bytes.length))).toBe(true);
    offset = begin + bytes.length;
    // Where there is nothing to read it would be asked again in the same turn.
    await setImmediate();
  }
  await writing;
  await stream.end(500_000);
});

test('one stream does not read the other one, and files are for their owner alone', async () => {
  const streams = [new KeptStream('stdout', KEPT), new KeptStream('stderr', KEPT)] as const;
  for (const [i, stream] of streams.entries()) {
    await stream.spill(directory);
    await stream.write(Buffer.from(`of ${i}`), 0);
    await stream.end(4);
  }
  const [path = ''] = (await findSegments(directory, 'stderr')).map((segment) => segment.path);
  expect(await readFile(path, 'utf8')).toBe('of 1');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('who waits is woken by a byte, by the end, and by its own signal', async () => {
  const stream = new KeptStream('stdout', KEPT);
  const never = new AbortController().signal;
  const waiting = stream.waitBeyond(1, never);
  await stream.write(Buffer.from('a'), 0);
  await stream.write(Buffer.from('b'), 1);
  await waiting;
  const stop = new AbortController();
  const patient = stream.waitBeyond(2, stop.signal);
  stop.abort();
  await patient;
  const last = stream.waitBeyond(2, never);
  await stream.end(2);
  await last;
});

test('memory holds no larger buffer than what came', async () => {
  const stream = new KeptStream('stdout', KEPT);
  const large = Buffer.alloc(1_000_000, 'x');
  await stream.write(large.subarray(10, 20), 0);
  large.fill('y');
  const { bytes } = await stream.read(0, 100);
  expect(bytes.toString()).toBe('xxxxxxxxxx');
});
