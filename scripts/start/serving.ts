import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Where a server answers, and the file that holds its token. */
export interface Endpoint {
  readonly url: string;
  readonly tokenFile: string;
}

/** Passes on what `errand serve --http` says on stderr; resolves when it says where it serves, or is over. */
export function serving(stderr: Readable): Promise<Endpoint | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface(stderr);
    lines.on('line', (line) => {
      console.error(line);
      const [, url, tokenFile] = /serving MCP at (\S+) \(bearer token: (.+)\)$/.exec(line) ?? [];
      if (url !== undefined && tokenFile !== undefined) resolve({ url, tokenFile });
    });
    lines.once('close', () => resolve(undefined));
  });
}
