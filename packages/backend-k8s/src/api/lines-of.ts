import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Gives each line that comes; resolves at the end, whether or not the last one has one. Rejects where the stream broke. */
export function linesOf(stream: Readable, give: (line: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest: string[] = [];
  return new Promise((resolve, reject) => {
    stream.on('data', (bytes: Buffer) => {
      const [first = '', ...others] = decoder.write(bytes).split('\n');
      rest.push(first);
      for (const next of others) {
        const line = rest.join('');
        rest = [next];
        if (line === '') continue;
        try {
          give(line);
        } catch (fault) {
          stream.destroy();
          reject(fault);
        }
      }
    });
    stream.once('error', reject);
    stream.once('close', resolve);
  });
}
