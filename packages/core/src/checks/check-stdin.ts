import { invalidOption } from '../errors.ts';

const ALLOWED = "a string, bytes, a Readable, or (spawn) 'pipe'";

/** Checks what stdin is made of. */
export function checkStdin(option: string, value: unknown): void {
  if (typeof value === 'string' || value instanceof Uint8Array) return;
  if (!isReadable(value)) throw invalidOption(option, 'is none of these', ALLOWED);
  if (value.destroyed) throw invalidOption(option, 'is a stream that was destroyed already', ALLOWED);
}

function isReadable(value: unknown): value is { destroyed?: boolean } {
  return typeof value === 'object' && value !== null && 'pipe' in value && typeof value.pipe === 'function' && 'on' in value;
}
