/** As UTF-8, faults as U+FFFD; a byte order mark is a byte like any other. */
export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The same without a character at its end that is not all there. */
export function wholeCharactersAtEnd<T extends Uint8Array>(bytes: T): T {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return sequenceLength(byte) > back ? (bytes.subarray(0, bytes.length - back) as T) : bytes;
  }
  return bytes;
}

/** The same without the rest of a character whose beginning is not there. */
export function wholeCharactersAtStart<T extends Uint8Array>(bytes: T): T {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start] ?? 0)) start += 1;
  return bytes.subarray(start) as T;
}

/** How many bytes before `index` the character begins that it is in the middle of; 0 where it is in the middle of none. */
export function bytesIntoCharacter(bytes: Uint8Array, index: number): number {
  if (!isContinuation(bytes[index] ?? 0)) return 0;
  for (let back = 1; back <= Math.min(3, index); back += 1) {
    const byte = bytes[index - back] ?? 0;
    if (!isContinuation(byte)) return sequenceLength(byte) > back ? back : 0;
  }
  return 0;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}
