import type { Writable } from 'node:stream';
import { FrameEncoder } from '../protocol/encoder.ts';
import type { Frame } from '../protocol/frame.ts';

/** Writes frames, no faster than they are taken. */
export class FrameWriter {
  readonly #response: Writable;
  readonly #encoder = new FrameEncoder();
  #isClosed = false;
  #drained: (() => void) | undefined;

  /** `onLost` is told once when nobody takes the answer any more. */
  constructor(response: Writable, onLost: () => void) {
    this.#response = response;
    const lost = (): void => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#drained?.();
      onLost();
    };
    response.on('drain', () => this.#drained?.());
    response.on('error', lost);
    response.on('close', lost);
  }

  /** Resolves once there is room for more. */
  async write(frame: Frame): Promise<void> {
    if (this.#isClosed || this.#response.write(this.#encoder.encode(frame))) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.#drained = undefined;
  }

  /** A sign of life, where nothing else is under way that says as much. */
  beat(): void {
    if (!this.#isClosed && !this.#response.writableNeedDrain) this.#response.write(this.#encoder.encode({ type: 'heartbeat' }));
  }

  /** Resolves once all was handed over. */
  async end(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await new Promise<void>((resolve) => {
      this.#response.once('close', resolve).once('error', () => resolve());
      this.#response.end(resolve);
    });
  }
}
