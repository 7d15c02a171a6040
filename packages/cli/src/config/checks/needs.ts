import { entriesAt, fault, itemsAt, type PathFault, valueAt } from '../path-fault.ts';

/** Keys of which exactly one, or at least one, must be there. */
interface Need {
  readonly one: readonly string[];
  readonly only?: true;
}

const NEEDS: Readonly<Record<string, Need>> = {
  ssh: { one: ['host', 'hosts'], only: true },
  docker: { one: ['image', 'container'], only: true },
  k8s: { one: ['image', 'pod'], only: true },
  lambda: { one: ['functionName', 'functions'], only: true },
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
  return [
    ...needFaults(path, target, need),
    ...waysFaults(path, target),
    ...itemsAt(target, 'jumps').flatMap((jump, i) => waysFaults([...path, 'jumps', i], jump)),
  ];
}

function waysFaults(path: readonly PropertyKey[], host: unknown): PathFault[] {
  return itemsAt(host, 'authentication').flatMap((way, i) => wayFaults([...path, 'authentication', i], way));
}

/** Ways to log in, each of which is one mapping. */
const WAYS = ['agent', 'privateKeyFile', 'password'];

function wayFaults(path: readonly PropertyKey[], way: unknown): PathFault[] {
  const [one, another] = WAYS.filter((key) => valueAt(way, key) !== undefined);
  if (one === undefined) return entriesAt(way).length > 0 || isEmpty(way) ? [fault(path, `needs ${WAYS.join(' or ')}.`)] : [];
  if (another !== undefined)
    return [fault([...path, another], `stands beside ${one}. Allowed: one of them, and the other as an item of its own.`)];
  if (valueAt(way, 'passphrase') !== undefined && one !== 'privateKeyFile')
    return [fault([...path, 'passphrase'], 'stands without privateKeyFile. Allowed: beside it.')];
  return [];
}

function isEmpty(way: unknown): boolean {
  return typeof way === 'object' && way !== null && Object.keys(way).length === 0;
}

function needFaults(path: readonly string[], target: unknown, need: Need): PathFault[] {
  const there = need.one.filter((key) => valueAt(target, key) !== undefined);
  if (there.length === 0) return [fault(path, `needs ${need.one.join(' or ')}.`)];
  if (need.only && there.length > 1) return [fault([...path, there[1] ?? ''], `stands beside ${there[0]}. Allowed: one of them.`)];
  return [];
}
