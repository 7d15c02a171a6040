import { UsageError } from '../usage-error.ts';

/** A number of bytes. Unlike a size it stands for a place, so it has no unit. */
export function parseOffset(option: string, text: string): number {
  const offset = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(offset)) return offset;
  throw new UsageError(`${option}: '${text}' is no offset. Allowed: a number of bytes, such as 0 or 4096.`);
}
