import { describe, expect, test } from 'vitest';
import { readSegments } from './read-segments.ts';
import { MemorySegment } from './segment.ts';
import { base64Page, type ReadRaw, textPage } from './text-page.ts';

/** A stream that keeps these pieces, each from its offset on. */
function streamOf(
  pieces: readonly (readonly [offset: number, bytes: Uint8Array])[],
  { totalBytes, ended = true }: { totalBytes: number; ended?: boolean },
): ReadRaw {
  const segments = pieces.map(([offset, bytes]) => {
    const segment = new MemorySegment(offset);
    segment.append(bytes);
    return segment;
  });
  return (offset, maxBytes) => readSegments({ segments, totalBytes, ended }, offset, maxBytes);
}

function whole(bytes: Uint8Array, ended = true): ReadRaw {
  return streamOf([[0, bytes]], { totalBytes: bytes.length, ended });
}

describe('pages of text with characters of one to four bytes', () => {
  const text = 'aé€😀\r\n'.repeat(30);
  const bytes = Buffer.from(text);

  test.each([4, 5, 6, 7, 8, 11, 64, 1_000])('of %i bytes say it all, with no character cut', async (maxBytes) => {
    let said = '';
    let offset = 0;
    while (offset < bytes.length) {
      const page = await textPage(whole(bytes), offset, maxBytes);
      expect(page).toMatchObject({ offset, invalidUtf8: false, hadControls: false });
      expect(page.nextOffset - page.offset).toBe(Buffer.byteLength(page.data));
      expect(page.nextOffset - page.offset).toBeLessThanOrEqual(maxBytes);
      expect(page.nextOffset).toBeGreaterThan(offset);
      said += page.data;
      offset = page.nextOffset;
    }
    expect(said).toBe(text);
  });

  test.each(Array.from({ length: 14 }, (_, i) => i))('from byte %i on begin with the character that this is in', async (offset) => {
    const page = await textPage(whole(bytes), offset, 40);
    expect(page.invalidUtf8).toBe(false);
    expect(page.offset).toBeLessThanOrEqual(offset);
    expect(offset - page.offset).toBeLessThan(4);
    expect(bytes.subarray(page.offset, page.nextOffset).toString()).toBe(page.data);
  });
});

test('a character of which not all has come is left to the next page, and shown as U+FFFD once nothing more comes', async () => {
  const bytes = Buffer.from('ab😀').subarray(0, 4);
  expect(await textPage(whole(bytes, false), 0, 100)).toMatchObject({ data: 'ab', nextOffset: 2, invalidUtf8: false });
  expect(await textPage(whole(bytes, false), 2, 100)).toMatchObject({ data: '', offset: 2, nextOffset: 2 });
  expect(await textPage(whole(bytes), 2, 100)).toMatchObject({ data: '\uFFFD', nextOffset: 4, invalidUtf8: true });
});

test('a page ends where bytes are gone, and the next one says where those that are kept begin', async () => {
  const text = Buffer.from('é€'.repeat(10));
  // The gap goes through a character at either side.
  const read = streamOf(
    [
      [0, text.subarray(0, 4)],
      [11, text.subarray(11)],
    ],
    { totalBytes: text.length },
  );
  const first = await textPage(read, 0, 100);
  expect(first).toMatchObject({ offset: 0, nextOffset: 4, data: 'é\uFFFD', invalidUtf8: true });
  const second = await textPage(read, first.nextOffset, 100);
  expect(second).toMatchObject({ offset: 12, nextOffset: text.length, invalidUtf8: false });
  expect(second.data).toBe(text.subarray(12).toString());
  expect(await base64Page(read, 4, 100)).toMatchObject({ offset: 11, data: text.subarray(11).toString('base64') });
});

test('every byte is told as base64, and faults as U+FFFD in text', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  let offset = 0;
  const parts: Buffer[] = [];
  while (offset < bytes.length) {
    const page = await base64Page(whole(bytes), offset, 7);
    parts.push(Buffer.from(page.data, 'base64'));
    offset = page.nextOffset;
  }
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  let at = 0;
  for (let pages = 0; at < bytes.length; pages += 1) {
    expect(pages).toBeLessThan(100);
    at = (await textPage(whole(bytes), at, 4)).nextOffset;
  }
  expect(await textPage(whole(bytes), 0, 1_000)).toMatchObject({ nextOffset: 256, invalidUtf8: true, hadControls: true });
});
