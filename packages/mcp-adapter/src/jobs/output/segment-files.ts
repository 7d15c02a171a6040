import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutputChunk } from '@errand/core';
import { FileSegment } from './segment.ts';

type Stream = OutputChunk['stream'];

/** The file of a stream's bytes from `start` on, in the directory of its job. */
export function segmentFile(directory: string, stream: Stream, start: number): string {
  return join(directory, `${stream}.${start}`);
}

/** What lies of a stream in the directory of a job, in order. */
export async function findSegments(directory: string, stream: Stream): Promise<FileSegment[]> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(`${stream}.`));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      return new FileSegment(path, Number(name.slice(stream.length + 1)), (await stat(path)).size);
    }),
  );
  return found.filter(({ start }) => Number.isSafeInteger(start)).sort((a, b) => a.start - b.start);
}
