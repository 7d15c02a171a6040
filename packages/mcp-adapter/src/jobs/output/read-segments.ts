import type { Segment } from './segment.ts';

/** Bytes of one stream, as they are kept. */
export interface RawPage {
  /** Where they begin: as asked for, or behind what is gone. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** Whether what follows in the stream is gone, too, or there is nothing more and never will be. */
  readonly isLast: boolean;
}

/** What is kept of a stream, and what it had. */
export interface KeptBytes {
  /** In order, without overlap; between two of them bytes are gone. */
  readonly segments: readonly Segment[];
  readonly totalBytes: number;
  /** Whether there will be no more. */
  readonly ended: boolean;
}

/** The bytes from `offset` on, at most `maxBytes` and up to the next that are gone. */
export async function readSegments({ segments, totalBytes, ended }: KeptBytes, offset: number, maxBytes: number): Promise<RawPage> {
  const first = segments.findIndex(({ start, length }) => start + length > offset);
  const begin = Math.max(offset, segments[first]?.start ?? totalBytes);
  const parts: Buffer[] = [];
  let end = begin;
  for (let i = first; i >= 0 && i < segments.length && end - begin < maxBytes; i += 1) {
    const segment = segments[i];
    if (!segment || segment.start > end) break;
    const part = await segment.read(end - segment.start, Math.min(maxBytes - (end - begin), segment.start + segment.length - end));
    parts.push(part);
    end += part.length;
    if (end < segment.start + segment.length) break;
  }
  return { offset: begin, bytes: Buffer.concat(parts), isLast: isLastAt(end, segments, totalBytes, ended) };
}

function isLastAt(end: number, segments: readonly Segment[], totalBytes: number, ended: boolean): boolean {
  if (end >= totalBytes) return ended;
  return !segments.some(({ start, length }) => start <= end && end < start + length);
}
