import { isUtf8 } from 'node:buffer';
import type { Output } from '@errand/core';
import { harmless } from './harmless.ts';
import { decode, wholeCharactersAtEnd, wholeCharactersAtStart } from './utf8.ts';

/** One stream of a result as text for a client. */
export interface ShownOutput {
  /** UTF-8, faults as U+FFFD, controls as pictures; a cut is a line `[… n bytes omitted …]`. */
  readonly text: string;
  /** How many bytes the command wrote. */
  readonly totalBytes: number;
  /** How many of them `text` does not show. */
  readonly omittedBytes: number;
  /** Whether a byte shown is not UTF-8; a character that the cut went through does not count. */
  readonly invalidUtf8: boolean;
  /** Whether there were characters that a terminal would obey. */
  readonly hadControls: boolean;
}

/** What is kept of a stream: all of it, or its head and its tail. */
export type ShownSource = Pick<Output, 'totalBytes' | 'omittedBytes' | 'head' | 'tail'>;

/**
 * Shows at most `maxBytes` of a stream, half from its head and half from its tail. A character that the cut would split is
 * omitted whole. The bound is applied again here, because a duplicate of an idempotent call has the output of the first,
 * which may have kept more.
 */
export function showOutput(output: ShownSource, maxBytes: number): ShownOutput {
  const { totalBytes } = output;
  if (output.omittedBytes === 0 && totalBytes <= maxBytes) {
    const { text, hadControls } = harmless(decode(output.head));
    return { text, totalBytes, omittedBytes: 0, invalidUtf8: !isUtf8(output.head), hadControls };
  }
  const head = wholeCharactersAtEnd(output.head.subarray(0, Math.ceil(maxBytes / 2)));
  const tail = wholeCharactersAtStart(lastBytes(output.omittedBytes === 0 ? output.head : output.tail, Math.floor(maxBytes / 2)));
  const omittedBytes = totalBytes - head.length - tail.length;
  const shown = [head, tail].map((bytes) => harmless(decode(bytes)));
  return {
    text: shown.map(({ text }) => text).join(`\n[… ${omittedBytes} bytes omitted …]\n`),
    totalBytes,
    omittedBytes,
    invalidUtf8: !isUtf8(head) || !isUtf8(tail),
    hadControls: shown.some(({ hadControls }) => hadControls),
  };
}

function lastBytes(bytes: Uint8Array, count: number): Uint8Array {
  return bytes.subarray(Math.max(0, bytes.length - count));
}
