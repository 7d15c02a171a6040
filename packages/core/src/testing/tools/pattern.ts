import { createHash } from 'node:crypto';

const ROW_TAIL = '-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-\n';

/** `rows` rows of 64 bytes, each with its number, so that no two parts of it are alike. */
export function pattern(rows: number): Buffer {
  const all = Buffer.alloc(rows * 64);
  for (let row = 0; row < rows; row++) all.write(String(row).padStart(8, '0') + ROW_TAIL, row * 64, 'latin1');
  return all;
}

/** Shell source that prints `pattern(rows)`. */
export function patternScript(rows: number): string {
  const text = ROW_TAIL.replace('\n', '\\n');
  return `i=0; while [ $i -lt ${rows} ]; do printf '%08d${text}' $i; i=$((i+1)); done`;
}

/** A hash to compare much data by. */
export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Every byte value once. */
export const EVERY_BYTE: Buffer = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

/** A format for printf(1) that prints every byte value once. */
export const EVERY_BYTE_FORMAT: string = Array.from({ length: 256 }, (_, value) => `\\${value.toString(8).padStart(3, '0')}`).join('');
