import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isExecError } from '@errand/core';
import { UsageError } from '../usage-error.ts';

/** Whoever read our output is gone, as in `errand run … | head -1`. */
export class ReaderGone extends Error {
  constructor(cause: Error) {
    super('the reader is gone', { cause });
    this.name = 'ReaderGone';
  }
}

/**
 * Passes all of `source` on to `sink` as fast as its reader takes it, and waits until it is written.
 *
 * @throws ReaderGone, or UsageError when it cannot be written.
 */
export async function forward(source: Readable | Iterable<Uint8Array>, sink: Writable): Promise<void> {
  // A failing write is told to whoever waits for it; later ones on the same stream are told to nobody.
  sink.on('error', () => {});
  try {
    // Not ended: a reason may follow on the same stream.
    await pipeline(source, sink, { end: false });
    await written(sink);
  } catch (error) {
    throw writeFault(error);
  }
}

function written(sink: Writable): Promise<void> {
  // To write nothing is a fault as well where nothing can be written, as on a full disk.
  if (sink.writableLength === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    sink.write('', (error) => (error ? reject(error) : resolve()));
  });
}

/** What a failed write means to whoever runs Errand. */
export function writeFault(error: unknown): unknown {
  if (!(error instanceof Error) || isExecError(error) || !('code' in error)) return error;
  if (error.code === 'EPIPE' || error.code === 'ECONNRESET') return new ReaderGone(error);
  return new UsageError(`the output could not be written (${String(error.code)}).`);
}
