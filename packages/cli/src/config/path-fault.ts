/** One thing that is wrong, and whether a key or its value is. */
export interface PathFault {
  readonly path: readonly PropertyKey[];
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** Whether a placeholder brought what stands at this path, so that no message may show it. */
export type IsSecret = (path: readonly PropertyKey[]) => boolean;

/** A fault of a value. */
export function fault(path: readonly PropertyKey[], message: string): PathFault {
  return { path, at: 'value', message };
}

/** What stands at this path, in a file that may be wrong everywhere. */
export function valueAt(value: unknown, ...path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (isMapping(at) || Array.isArray(at) ? Reflect.get(at, key) : undefined), value);
}

/** Keys and values of a mapping; of anything else there are none. */
export function entriesAt(value: unknown, ...path: readonly PropertyKey[]): readonly [string, unknown][] {
  const at = valueAt(value, ...path);
  return isMapping(at) ? Object.entries(at) : [];
}

/** Items of a list; of anything else there are none. */
export function itemsAt(value: unknown, ...path: readonly PropertyKey[]): readonly unknown[] {
  const at = valueAt(value, ...path);
  return Array.isArray(at) ? at : [];
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
