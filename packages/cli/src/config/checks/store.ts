import { fault, type PathFault, valueAt } from '../path-fault.ts';

interface Shared {
  readonly isUrl: (url: string) => boolean;
  readonly allowed: string;
}

/** Stores that processes share, and how their URLs look. */
const SHARED: Readonly<Record<string, Shared>> = {
  redis: {
    isUrl: (url) => /^\/[^/]/.test(url) || (/^rediss?:\/\/./.test(url) && URL.canParse(url)),
    allowed: 'redis://HOST:PORT, rediss://HOST:PORT, or the absolute path of a socket',
  },
  postgres: {
    isUrl: (url) => /^postgres(ql)?:\/\/./.test(url) && URL.canParse(url),
    allowed: 'postgres://USER@HOST/DATABASE, or the same with postgresql://',
  },
};

/** A store has a URL where processes share it, and else nothing but its kind. */
export function checkStore(file: unknown): PathFault[] {
  const path = ['quotas', 'store'];
  const store = valueAt(file, ...path);
  const kind = String(valueAt(store, 'kind') ?? 'memory');
  if (kind === 'memory') return besideMemory(path, store);
  const known = Object.hasOwn(SHARED, kind) ? SHARED[kind] : undefined;
  // The schema has said so.
  if (!known) return [];
  const url = valueAt(store, 'url');
  if (url === undefined) return [fault([...path, 'url'], `is missing. Allowed: where to find ${kind}, as a URL.`)];
  const says = `is no URL of ${kind}. Allowed: ${known.allowed}; in a password such as a/b, %2F for the /.`;
  return known.isUrl(String(url)) ? [] : [fault([...path, 'url'], says)];
}

function besideMemory(path: readonly PropertyKey[], store: unknown): PathFault[] {
  const given = ['url', 'prefix'].filter((key) => valueAt(store, key) !== undefined);
  return given.map((key) => fault([...path, key], 'stands beside memory. Allowed: with kind: redis or postgres.'));
}
