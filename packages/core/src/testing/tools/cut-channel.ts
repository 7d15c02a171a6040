import { Transform } from 'node:stream';
import type { ByteChannel } from '../../driver.ts';

export type Way = 'stdin' | 'stdout' | 'stderr';

/** A channel that is lost so many bytes of one way after it was armed. */
export class CutChannel {
  readonly #way: Way;
  #left = Number.POSITIVE_INFINITY;
  #channel: ByteChannel | undefined;

  constructor(way: Way) {
    this.#way = way;
  }

  arm(bytes: number): void {
    this.#left = bytes;
    if (bytes === 0) this.#break();
  }

  through(channel: ByteChannel): ByteChannel {
    this.#channel = channel;
    const way = this.#way;
    const cut = new Transform({
      transform: (chunk: Buffer, _encoding, done): void => {
        const part = chunk.subarray(0, this.#left);
        this.#left -= part.length;
        if (part.length > 0) cut.push(part);
        if (this.#left === 0) setImmediate(() => this.#break());
        done();
      },
    });
    cut.on('error', () => {});
    if (way === 'stdin') cut.pipe(channel.stdin);
    else channel[way].on('close', () => cut.destroy()).pipe(cut);
    return { ...channel, [way]: cut };
  }

  #break(): void {
    this.#channel?.destroy();
    this.#channel?.stdout.destroy();
    this.#channel?.stderr.destroy();
  }
}
