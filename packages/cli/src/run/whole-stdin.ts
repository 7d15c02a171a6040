import { UsageError } from '../usage-error.ts';
import { ownStdin } from './own-stdin.ts';

/** What core takes for a detached command. */
const MAX_BYTES = 1_048_576;

/**
 * All of this process's stdin: a command that outlives this process cannot be fed by it.
 *
 * @returns undefined for a terminal
 * @throws UsageError as `ownStdin`, and for more than 1 MiB
 */
export async function wholeStdin(): Promise<Uint8Array | undefined> {
  const stdin = ownStdin();
  if (!stdin) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES)
      throw new UsageError('stdin: is too long for --detach. Allowed: at most 1MiB, or -n and a file that the command reads itself.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
