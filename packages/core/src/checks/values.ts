import { constants } from 'node:os';
import { invalidOption } from '../errors.ts';

/** The longest delay that Node's timers keep: 2^31 - 1 ms, almost 25 days. */
export const MAX_DELAY_MS = 2_147_483_647;

/** A check looks at one option's value and throws `EXEC_INVALID_OPTION` when it is wrong. */
export type Check = (option: string, value: unknown) => void;

/** An integer from `min` to `max`. */
export function integer(min: number, max: number, unit = ''): Check {
  const allowed = `an integer from ${group(min)} to ${group(max)}${unit && ` ${unit}`}`;
  return (option, value) => {
    if (typeof value !== 'number') throw invalidOption(option, `must be a number, not ${describe(value)}`, allowed);
    if (!Number.isInteger(value) || value < min || value > max) throw invalidOption(option, `${value} is out of range`, allowed);
  };
}

/** One of a few words. */
export function oneOf(...words: readonly string[]): Check {
  const allowed = words.map((word) => `'${word}'`).join(', ');
  return (option, value) => {
    if (typeof value !== 'string' || !words.includes(value)) throw invalidOption(option, `${describe(value)} is none of them`, allowed);
  };
}

export const boolean: Check = (option, value) => {
  if (typeof value !== 'boolean') throw invalidOption(option, `must be a boolean, not ${describe(value)}`, 'true, false');
};

export const callback: Check = (option, value) => {
  if (typeof value !== 'function') throw invalidOption(option, `must be a function, not ${describe(value)}`, 'a function');
};

/** Text without NUL, from 1 to `maxLength` characters. */
export function text(maxLength: number): Check {
  const allowed = `a string of 1 to ${group(maxLength)} characters without NUL`;
  return (option, value) => {
    if (typeof value !== 'string') throw invalidOption(option, `must be a string, not ${describe(value)}`, allowed);
    if (value === '') throw invalidOption(option, 'is empty', allowed);
    if (value.length > maxLength) throw invalidOption(option, `has ${group(value.length)} characters`, allowed);
    if (value.includes('\0')) throw invalidOption(option, 'holds a NUL byte', allowed);
    if (!value.isWellFormed()) throw invalidOption(option, 'holds half of a surrogate pair, which no bytes stand for', allowed);
  };
}

/** Text. Its value is not shown: it may be a secret. */
export function matching(pattern: RegExp, allowed: string): Check {
  return (option, value) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw invalidOption(option, 'is not allowed', allowed);
  };
}

/** A path as the kernel takes it. */
export const path: Check = text(4096);

export const absolutePath: Check = (option, value) => {
  path(option, value);
  if (!String(value).startsWith('/')) throw invalidOption(option, `'${value}' is not absolute`, 'an absolute path');
};

export const signalName: Check = (option, value) => {
  if (typeof value === 'string' && value in constants.signals) return;
  throw invalidOption(option, `${describe(value)} is not a signal`, "a signal's name as Node spells it, such as 'SIGTERM'");
};

const LISTENS = ['addEventListener', 'removeEventListener'];

export const abortSignal: Check = (option, value) => {
  // Structural: an AbortSignal of another realm or polyfill serves as well.
  if (typeof value === 'object' && value !== null && 'aborted' in value && LISTENS.every((method) => isMethod(value, method))) return;
  throw invalidOption(option, `must be an AbortSignal, not ${describe(value)}`, 'an AbortSignal');
};

/** An object with these methods. */
export function having(...methods: readonly string[]): Check {
  return (option, value) => {
    if (typeof value === 'object' && value !== null && methods.every((method) => isMethod(value, method))) return;
    throw invalidOption(option, 'lacks a method', `an object with the methods ${methods.join(', ')}`);
  };
}

function isMethod(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'function';
}

/** A plain object; returns its entries. */
export function entries(option: string, value: unknown): [string, unknown][] {
  return Object.entries(object(option, value));
}

/** No array. Text in its place is not shown: what holds variables may be a secret. */
export function object(option: string, value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalidOption(option, `must be an object, not ${typeof value === 'string' ? 'a string' : describe(value)}`, 'an object');
}

/** Names a value in a message. Only what is short is shown, so it is not for what may be a secret. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return value.length <= 40 ? `'${value}'` : 'a string';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'an object' : typeof value;
}

function group(value: number): string {
  return value.toLocaleString('en-US');
}
