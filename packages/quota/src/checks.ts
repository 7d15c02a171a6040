import { ExecError } from '@errand/core';

/** Looks at one option's value and throws `EXEC_INVALID_OPTION` where it is wrong. */
export type Check = (option: string, value: unknown) => void;

/** An integer from `min` to `max`. */
export function integer(min: number, max: number): Check {
  const allowed = `an integer from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`;
  return (option, value) => {
    if (typeof value !== 'number') throw invalid(option, 'is no number', allowed);
    if (!Number.isInteger(value) || value < min || value > max) throw invalid(option, `${value} is out of range`, allowed);
  };
}

export const boolean: Check = (option, value) => {
  if (typeof value !== 'boolean') throw invalid(option, 'is no boolean', 'true, false');
};

export const callback: Check = (option, value) => {
  if (typeof value !== 'function') throw invalid(option, 'is no function', 'a function');
};

/** Text. Its value is not shown: it may be a secret. */
export function matching(pattern: RegExp, allowed: string): Check {
  return (option, value) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw invalid(option, 'is not allowed', allowed);
  };
}

export function object(option: string, value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalid(option || 'options', 'is no object', 'an object');
}

/** Option by option; one that is `undefined` counts as not given. */
export function each(name: string, value: unknown, checks: Readonly<Record<string, Check>>): void {
  for (const [key, item] of Object.entries(object(name, value))) {
    const option = name ? `${name}.${key}` : key;
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (!check) throw invalid(option, 'is no option', Object.keys(checks).join(', '));
    if (item !== undefined) check(option, item);
  }
}

export function invalid(option: string, wrong: string, allowed: string): ExecError {
  return new ExecError('EXEC_INVALID_OPTION', `${option}: ${wrong}. Allowed: ${allowed}.`, { detail: { option } });
}
