import { ExecError } from '../errors.ts';
import { object } from './values.ts';

/** Options that hold options. */
const NESTED = new Set(['defaults', 'env', 'limits', 'labels', 'restore']);

/**
 * What a caller gave as options, read once: what is checked is then what is used, whatever getters, proxies or a caller that
 * goes on changing its object would give the second time. Inherited options count.
 *
 * @throws ExecError `EXEC_INVALID_OPTION`
 */
export function readOptions<O extends object>(given: O): O {
  object('options', given);
  return read('options', given) as O;
}

function read(name: string, given: object): object {
  const copy: Record<string, unknown> = {};
  try {
    for (const key in given) {
      const value: unknown = Reflect.get(given, key);
      const nested = NESTED.has(key) && typeof value === 'object' && value !== null && !Array.isArray(value);
      add(copy, key, nested ? read(key, value) : value);
    }
  } catch (cause) {
    throw new ExecError('EXEC_INVALID_OPTION', `${name}: could not be read. Allowed: a plain object.`, { cause, detail: { option: name } });
  }
  return copy;
}

/** As its own, whatever the key is. */
function add(to: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(to, key, { value, enumerable: true, writable: true });
  else to[key] = value;
}
