import { isUtf8 } from 'node:buffer';
import type { Output } from '@errand/core';

/** One stream of a result as text for a client. */
export interface ShownOutput {
  /** UTF-8, faults as U+FFFD; a cut is a line `[… n bytes omitted …]`. */
  readonly text: string;
  /** How many bytes the command wrote. */
  readonly totalBytes: number;
  /** How many of them `text` does not show. */
  readonly omittedBytes: number;
  /** Whether a byte shown is not UTF-8; a character that the cut went through does not count. */
  readonly invalidUtf8: boolean;
}

/**
 * Shows at most `maxBytes` of a stream, half from its head and half from its tail. A character that the cut would split is
 * omitted whole. The bound is applied again here, because a duplicate of an idempotent call has the output of the first,
 * which may have kept more.
 */
export function showOutput(output: Output, maxBytes: number): ShownOutput {
  const { totalBytes } = output;
  if (output.omittedBytes === 0 && totalBytes <= maxBytes) {
    return { text: decode(output.head), totalBytes, omittedBytes: 0, invalidUtf8: !isUtf8(output.head) };
  }
  const head = wholeCharactersAtEnd(output.head.subarray(0, Math.ceil(maxBytes / 2)));
  const tail = wholeCharactersAtStart(lastBytes(output.omittedBytes === 0 ? output.head : output.tail, Math.floor(maxBytes / 2)));
  const omittedBytes = totalBytes - head.length - tail.length;
  return {
    text: `${decode(head)}\n[… ${omittedBytes} bytes omitted …]\n${decode(tail)}`,
    totalBytes,
    omittedBytes,
    invalidUtf8: !isUtf8(head) || !isUtf8(tail),
  };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function lastBytes(bytes: Uint8Array, count: number): Uint8Array {
  return bytes.subarray(Math.max(0, bytes.length - count));
}

function wholeCharactersAtEnd(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return sequenceLength(byte) > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

function wholeCharactersAtStart(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start] ?? 0)) start += 1;
  return bytes.subarray(start);
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}
