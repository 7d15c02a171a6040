import { DaemonRefusal } from '../daemon-refusal.ts';
import type { HijackedStreams } from '../streams/hijacked-streams.ts';

const MAX_BYTES = 8_192;

/** What a daemon had to say in place of the output of a process that it did not start. */
export async function whyNotStarted({ stdout, stderr }: HijackedStreams): Promise<DaemonRefusal> {
  stderr.resume();
  const said: Buffer[] = [];
  let length = 0;
  for await (const piece of stdout as AsyncIterable<Buffer>) {
    said.push(piece);
    length += piece.length;
    if (length > MAX_BYTES) break;
  }
  return new DaemonRefusal(400, Buffer.concat(said).toString().trim());
}
