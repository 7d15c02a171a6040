import { isUtf8 } from 'node:buffer';

/** Halves of surrogate pairs, which text never has, stand for bytes that are no UTF-8. */
const ODD_BYTE = /[\udc80-\udcff]/u;
const FIRST = 0xdc00;

/** Bytes as text, of which `printfFormat` makes the same bytes again where they are no UTF-8. */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  if (isUtf8(buffer)) return buffer.toString();
  let text = '';
  for (let at = 0; at < buffer.length; ) {
    const length = [1, 2, 3, 4].find((count) => isUtf8(buffer.subarray(at, at + count)));
    text += length === undefined ? String.fromCharCode(FIRST + (buffer[at] ?? 0)) : buffer.toString('utf8', at, at + length);
    at += length ?? 1;
  }
  return text;
}

export function hasOddByte(text: string): boolean {
  return ODD_BYTE.test(text);
}

/** A format with which printf prints that text, in characters that any sh reads. */
export function printfFormat(text: string): string {
  const format = text.replaceAll('\\', '\\\\').replaceAll('%', '%%');
  return format.replace(new RegExp(ODD_BYTE, 'gu'), (odd) => `\\${(odd.charCodeAt(0) - FIRST).toString(8)}`);
}
