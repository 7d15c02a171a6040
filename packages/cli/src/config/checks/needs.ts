import { entriesAt, fault, type PathFault, valueAt } from '../path-fault.ts';

/** Of each kind, keys of which exactly one, or at least one, must be there. */
const NEEDS: Readonly<Record<string, { readonly one: readonly string[]; readonly only?: true }>> = {
  ssh: { one: ['host', 'hosts'], only: true },
  docker: { one: ['image', 'container'] },
  k8s: { one: ['image'] },
  lambda: { one: ['functionName'] },
};

/** How the URL of a store begins, and what is allowed. */
const URLS: Readonly<Record<string, { readonly begin: RegExp; readonly allowed: string }>> = {
  redis: { begin: /^(rediss?:\/\/.|\/.)/, allowed: 'redis://HOST:PORT, rediss://HOST:PORT, or the absolute path of a socket' },
  postgres: { begin: /^postgres(ql)?:\/\/./, allowed: 'postgres://USER@HOST/DATABASE' },
};

/** What a target or a store cannot do without. */
export function checkNeeds(file: unknown): PathFault[] {
  const targets = entriesAt(file, 'targets').flatMap(([name, target]) => targetFaults(name, target));
  return [...targets, ...storeFaults(valueAt(file, 'quotas', 'store'))];
}

function storeFaults(store: unknown): PathFault[] {
  const path = ['quotas', 'store', 'url'];
  const kind = String(valueAt(store, 'kind') ?? 'memory');
  const url = valueAt(store, 'url');
  const known = Object.hasOwn(URLS, kind) ? URLS[kind] : undefined;
  if (!known)
    return kind === 'memory' && url !== undefined ? [fault(path, 'stands beside memory. Allowed: with kind: redis or postgres.')] : [];
  if (url === undefined) return [fault(path, `is missing. Allowed: where to find ${kind}, as a URL.`)];
  return known.begin.test(String(url)) ? [] : [fault(path, `is no URL of ${kind}. Allowed: ${known.allowed}.`)];
}

function targetFaults(name: string, target: unknown): PathFault[] {
  const kind = String(valueAt(target, 'kind'));
  const need = Object.hasOwn(NEEDS, kind) ? NEEDS[kind] : undefined;
  if (!need) return [];
  const path = ['targets', name];
  const there = need.one.filter((key) => valueAt(target, key) !== undefined);
  if (there.length === 0) return [fault(path, `needs ${need.one.join(' or ')}.`)];
  if (need.only && there.length > 1) return [fault([...path, there[1] ?? ''], `stands beside ${there[0]}. Allowed: one of them.`)];
  return [];
}
