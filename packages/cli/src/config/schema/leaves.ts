import { constants } from 'node:os';
import type { Signal } from '@errand/core';
import { durationOf, sizeOf } from '../../units.ts';
import { isA, type Leaf, leaf, Refusal } from './leaf.ts';

/** Bytes that a number of JavaScript counts exactly. */
const MANY_BYTES = Number.MAX_SAFE_INTEGER;

/** Text, which YAML takes for a number or a boolean where it looks like one and has no quotes. */
export function text({ max = 65_536, pattern, allowed }: { max?: number; pattern?: RegExp; allowed?: string } = {}): Leaf<string> {
  const says = allowed ?? `text of 1 to ${max.toLocaleString('en')} characters`;
  return leaf(
    (value) => {
      if (typeof value === 'number' || typeof value === 'boolean') return new Refusal(`${isA(value)}. Allowed: ${says}; put it in quotes.`);
      if (typeof value !== 'string') return new Refusal(`${isA(value)}. Allowed: ${says}.`);
      const fits = value.length > 0 && value.length <= max && !value.includes('\0') && (!pattern || pattern.test(value));
      return fits ? value : new Refusal(`${value === '' ? 'is empty' : 'is not allowed'}. Allowed: ${says}.`);
    },
    { type: 'string', minLength: 1, maxLength: max, ...(pattern && { pattern: pattern.source }) },
    '',
  );
}

/** Text that may be empty, as the value of a variable may. */
export function anyText(): Leaf<string> {
  return leaf(
    (value) => {
      if (typeof value === 'string' && !value.includes('\0')) return value;
      const quotes = typeof value === 'number' || typeof value === 'boolean' ? '; put it in quotes' : ' without NUL';
      return new Refusal(`${isA(value)}. Allowed: text${quotes}.`);
    },
    { type: 'string' },
    '',
  );
}

/** A whole number. What a placeholder brings is text, so text that is one will do. */
export function integer(min: number, max: number): Leaf<number> {
  const allowed = `a whole number from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`;
  return leaf(
    (value) => {
      const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
      if (typeof number !== 'number') return new Refusal(`${isA(value)}. Allowed: ${allowed}.`);
      const fits = Number.isSafeInteger(number) && number >= min && number <= max;
      return fits ? number : new Refusal(`is out of range. Allowed: ${allowed}.`);
    },
    { type: 'integer', minimum: min, maximum: max },
    '',
  );
}

/** Any finite number. */
export function decimal({ min = -Number.MAX_VALUE, max = Number.MAX_VALUE }: { min?: number; max?: number } = {}): Leaf<number> {
  const allowed =
    min > 0 ? `a number of at least ${min}${max < Number.MAX_VALUE ? `, and at most ${max.toLocaleString('en')}` : ''}` : 'a number';
  return leaf(
    (value) => {
      const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
      if (typeof number !== 'number') return new Refusal(`${isA(value)}. Allowed: ${allowed}.`);
      return Number.isFinite(number) && number >= min && number <= max ? number : new Refusal(`is out of range. Allowed: ${allowed}.`);
    },
    { type: 'number', ...(min > 0 && { minimum: min }), ...(max < Number.MAX_VALUE && { maximum: max }) },
    '',
  );
}

export function flag(): Leaf<boolean> {
  return leaf(
    (value) => {
      if (typeof value === 'boolean') return value;
      if (value === 'true' || value === 'false') return value === 'true';
      return new Refusal(`${isA(value)}. Allowed: true, false.`);
    },
    { type: 'boolean' },
    '',
  );
}

export function oneOf<const T extends string>(...words: readonly T[]): Leaf<T> {
  return leaf(
    (value) => words.find((word) => word === value) ?? new Refusal(`is not known. Allowed: ${words.join(', ')}.`),
    { type: 'string', enum: [...words] },
    '',
  );
}

/** `30s`: the API counts milliseconds. */
export function duration(min = 1): Leaf<number, 'Ms'> {
  return leaf(
    (value) => {
      if (typeof value === 'number') return new Refusal('is a number without a unit. Allowed: such as 500ms, 30s or 1h30m.');
      if (typeof value !== 'string') return new Refusal(`${isA(value)}. Allowed: a duration, such as 500ms, 30s or 1h30m.`);
      return refused(durationOf(value, min));
    },
    { type: 'string', pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$', examples: ['30s', '10m', '1h30m'] },
    'Ms',
  );
}

/** `64MiB`: the API counts bytes. */
export function size({ min = 0, max = MANY_BYTES }: { min?: number; max?: number } = {}): Leaf<number, 'Bytes'> {
  return leaf(
    (value) => {
      if (typeof value === 'number') return new Refusal('is a number without a unit. Allowed: such as 512B, 64KiB or 2GiB.');
      if (typeof value !== 'string') return new Refusal(`${isA(value)}. Allowed: a size, such as 512B, 64KiB or 2GiB.`);
      return refused(sizeOf(value, max, min));
    },
    { type: 'string', pattern: '^\\d+(B|KB|MB|GB|KiB|MiB|GiB)$', examples: ['64KiB', '2GiB'] },
    'Bytes',
  );
}

/** As Node spells them. */
export function signalName(): Leaf<Signal> {
  const names = Object.keys(constants.signals) as Signal[];
  return leaf(
    (value) => names.find((name) => name === value) ?? new Refusal('is no signal. Allowed: a name such as SIGTERM or SIGINT.'),
    { type: 'string', pattern: '^SIG[A-Z0-9]+$', examples: ['SIGTERM', 'SIGINT'] },
    '',
  );
}

function refused(value: number | string): number | Refusal {
  return typeof value === 'string' ? new Refusal(value) : value;
}
