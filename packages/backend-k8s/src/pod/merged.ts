/**
 * What `patch` makes of `base`, neither of which changes: objects are merged key by key, `null` takes a key away, and anything else takes the place of
 * what was there. Of a list `containers` those of one name are merged, and others are added.
 */
export function merged(base: unknown, patch: unknown, key = ''): unknown {
  if (key === 'containers' && Array.isArray(base) && Array.isArray(patch)) return mergedByName(base, patch);
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(base) ? { ...base } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = merged(result[name], value, name);
  }
  return result;
}

function mergedByName(base: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const others = patch.filter((item) => !base.some((own) => nameOf(own) === nameOf(item)));
  const known = base.map((own) => {
    const same = patch.find((item) => nameOf(item) === nameOf(own));
    return same === undefined ? own : merged(own, same);
  });
  return [...known, ...others];
}

function nameOf(item: unknown): unknown {
  return isObject(item) ? item['name'] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
