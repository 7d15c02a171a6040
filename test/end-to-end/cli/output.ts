import type { Readable } from 'node:stream';

/**
 * Waits until a stream has given something that `pattern` finds, and leaves the stream flowing.
 *
 * @throws Error with all it gave when it ends before.
 */
export function heard(stream: Readable, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let all = '';
    stream.on('data', (chunk: Buffer) => {
      all += chunk;
      const found = pattern.exec(all);
      if (found) resolve(found);
    });
    stream.once('end', () => reject(new Error(`The stream ended without ${pattern}: ${all}`)));
  });
}
