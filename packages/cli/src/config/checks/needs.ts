import { entriesAt, fault, type PathFault, valueAt } from '../path-fault.ts';

/** Of each kind, keys of which exactly one, or at least one, must be there. */
const NEEDS: Readonly<Record<string, { readonly one: readonly string[]; readonly only?: true }>> = {
  ssh: { one: ['host', 'hosts'], only: true },
  docker: { one: ['image', 'container'] },
  k8s: { one: ['image'] },
  lambda: { one: ['functionName'] },
};

/** What a target cannot do without. */
export function checkNeeds(file: unknown): PathFault[] {
  return entriesAt(file, 'targets').flatMap(([name, target]) => targetFaults(name, target));
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
