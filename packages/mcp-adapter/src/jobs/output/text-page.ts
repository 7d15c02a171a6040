import { isUtf8 } from 'node:buffer';
import { harmless } from '../../harmless.ts';
import { bytesIntoCharacter, decode, wholeCharactersAtEnd, wholeCharactersAtStart } from '../../utf8.ts';
import type { RawPage } from './read-segments.ts';

const LONGEST_CHARACTER = 4;
const CARRIAGE_RETURN = 0x0d;

/** Bytes of a stream, as text or as they are. */
export interface ShownPage {
  /** Where it begins: as asked for, up to three bytes before where that is in the middle of a character, or behind what is gone. */
  readonly offset: number;
  readonly nextOffset: number;
  readonly data: string;
  readonly invalidUtf8: boolean;
  readonly hadControls: boolean;
}

/** Reads from a stream at an offset, at most so many bytes. */
export type ReadRaw = (offset: number, maxBytes: number) => Promise<RawPage>;

/** The bytes as base64, exactly. */
export async function base64Page(read: ReadRaw, offset: number, maxBytes: number): Promise<ShownPage> {
  const { offset: begin, bytes } = await read(offset, maxBytes);
  return { offset: begin, nextOffset: begin + bytes.length, data: bytes.toString('base64'), invalidUtf8: false, hadControls: false };
}

/**
 * The bytes as harmless text. A character that the end of the page would cut is left to the next page; what is not all there because
 * bytes are gone, or because the command ended, is shown as U+FFFD.
 */
export async function textPage(read: ReadRaw, offset: number, maxBytes: number): Promise<ShownPage> {
  const before = Math.max(0, offset - (LONGEST_CHARACTER - 1));
  const around = await read(before, maxBytes + (offset - before));
  // What lies before is there to tell where a character begins; where it ends before the page does bytes are gone, or there are none yet.
  const page = around.offset + around.bytes.length > offset ? around : await read(offset, maxBytes);
  const { offset: begin, bytes } = atCharacter(page, offset);
  const all = bytes.subarray(0, maxBytes);
  const isLast = page.isLast && all.length === bytes.length;
  const shown = isLast ? all : wholeAtEnd(all);
  const { text, hadControls } = harmless(decode(shown));
  return { offset: begin, nextOffset: begin + shown.length, data: text, invalidUtf8: !isUtf8(shown), hadControls };
}

function atCharacter(page: RawPage, wanted: number): Pick<RawPage, 'offset' | 'bytes'> {
  const behind = wanted - page.offset;
  if (behind >= 0) {
    const start = behind - bytesIntoCharacter(page.bytes, behind);
    return { offset: page.offset + start, bytes: page.bytes.subarray(start) };
  }
  // Behind what is gone it may begin in the middle of a character: the rest of that is as good as gone.
  const bytes = wholeCharactersAtStart(page.bytes);
  return { offset: page.offset + page.bytes.length - bytes.length, bytes };
}

/** The end of a line is not cut in two either: half of it would look like a line that is overwritten. */
function wholeAtEnd(bytes: Buffer): Buffer {
  const whole = wholeCharactersAtEnd(bytes);
  return whole.length > 1 && whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
}
