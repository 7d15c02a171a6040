import { UsageError } from './usage-error.ts';

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** In JSON a byte may take six characters, there are two streams, and a string of Node has at most 512 Mi characters. */
const MAX_JSON_BYTES = 32 * 1024 ** 2;

const ALLOWED_DURATION = 'Allowed: a number with a unit (ms, s, m, h, d), such as 500ms, 30s or 1h30m.';
const ALLOWED_SIZE = 'Allowed: a whole number with a unit (B, KB, MB, GB, KiB, MiB, GiB), such as 64KiB.';

/**
 * `500ms`, `30s`, `1.5h`, `1h30m`, in milliseconds, or what is wrong with it. A bare number says nothing about its unit, so it is
 * wrong. The longest delay of Node's timers is a little less than 25 days.
 */
export function durationOf(text: string, min = 1): number | string {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return `is no duration. ${ALLOWED_DURATION}`;
  const parts = [...text.matchAll(/([\d.]+)([a-z]+)/g)];
  const ms = Math.round(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (MILLISECONDS[unit ?? ''] ?? 0), 0));
  return ms < min || ms > 2_147_483_647 ? `is out of range. Allowed: ${min < 1_000 ? `${min}ms` : `${min / 1_000}s`} to 24d.` : ms;
}

/** `64KiB`, `10MB`, in bytes, or what is wrong with it. */
export function sizeOf(text: string, max: number, min = 0): number | string {
  const [, amount, unit] = /^(\d+)(B|KB|MB|GB|KiB|MiB|GiB)$/.exec(text) ?? [];
  const factor = BYTES[unit ?? ''];
  if (amount === undefined || factor === undefined) return `is no size. ${ALLOWED_SIZE}`;
  const bytes = Number(amount) * factor;
  return bytes < min || bytes > max ? `is out of range. Allowed: ${formatSize(min)} to ${formatSize(max)}.` : bytes;
}

/** `durationOf` for an option of the command line. */
export function parseDuration(option: string, text: string, min?: number): number {
  return orUsageError(option, text, durationOf(text, min));
}

/** `sizeOf` for an option of the command line. */
export function parseSize(option: string, text: string, max: number = MAX_JSON_BYTES): number {
  return orUsageError(option, text, sizeOf(text, max));
}

function orUsageError(option: string, text: string, value: number | string): number {
  if (typeof value === 'string') throw new UsageError(`${option}: '${text}' ${value}`);
  return value;
}

/** `0B`, `1.5KiB`, `64MiB`: cut after one decimal. */
export function formatSize(bytes: number): string {
  const unit = (['GiB', 'MiB', 'KiB'] as const).find((name) => bytes >= (BYTES[name] ?? 0)) ?? 'B';
  return `${Math.floor((bytes / (BYTES[unit] ?? 1)) * 10) / 10}${unit}`;
}

/** `12s`, `5m`, `3h`, `2d`: the largest unit that fits. A clock may have been set back. */
export function formatAge(ms: number): string {
  const unit = (['d', 'h', 'm'] as const).find((name) => ms >= (MILLISECONDS[name] ?? 0)) ?? 's';
  return `${Math.floor(Math.max(0, ms) / (MILLISECONDS[unit] ?? 1))}${unit}`;
}
