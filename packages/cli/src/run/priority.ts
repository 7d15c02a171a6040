import { UsageError } from '../usage-error.ts';

/** `high`, `normal`, `low`, or a number; the greater, the sooner. */
export function parsePriority(text: string): 'high' | 'normal' | 'low' | number {
  if (text === 'high' || text === 'normal' || text === 'low') return text;
  const number = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw new UsageError(`--priority: '${text}' is no priority. Allowed: high, normal, low, or a number.`);
}
