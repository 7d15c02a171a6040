import { invalidOption } from '../errors.ts';

const ALLOWED = "a string, bytes, a Readable, or (spawn) 'pipe'";

/** Checks what stdin is made of. */
export function checkStdin(option: string, value: unknown): void {
  if (typeof value === 'string' || value instanceof Uint8Array) return;
  if (!isReadable(value)) throw invalidOption(option, 'is none of these', ALLOWED);
  if (value.destroyed) throw invalidOption(option, 'is a stream that was destroyed already', ALLOWED);
}

/** Structural: a stream of another copy of `readable-stream` serves as well. */
function isReadable(value: unknown): value is { destroyed?: boolean } {
  if (typeof value !== 'object' || value === null) return false;
  return ['on', 'off', 'pause', 'resume', 'destroy', 'read'].every((method) => typeof Reflect.get(value, method) === 'function');
}
