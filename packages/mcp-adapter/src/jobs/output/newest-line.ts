import { harmless } from '../../harmless.ts';

/** What is kept of each stream. */
const KEPT_BYTES = 512;
/** What is shown. */
const SHOWN_CHARACTERS = 160;

/** The line that a command has written last, or what there is of it. */
export class NewestLine {
  readonly #ends: Record<string, Buffer> = {};
  #newest = '';

  add(stream: 'stdout' | 'stderr', data: Uint8Array): void {
    this.#newest = stream;
    const before = data.length < KEPT_BYTES ? (this.#ends[stream] ?? Buffer.alloc(0)) : Buffer.alloc(0);
    // A copy: a part of a buffer would keep all of it.
    this.#ends[stream] = Buffer.concat([before.subarray(-KEPT_BYTES), data.subarray(-KEPT_BYTES)]).subarray(-KEPT_BYTES);
  }

  /** Harmless, and in one line. Empty where nothing was written but ends of lines. */
  get text(): string {
    const lines = (this.#ends[this.#newest]?.toString() ?? '').split(/[\r\n]+/);
    const line = lines.findLast((one) => one.trim() !== '') ?? '';
    const shown = harmless(line.trim()).text;
    return shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS).replace(/[\ud800-\udbff]$/, '')}…` : shown;
  }
}
