import { expandHosts } from '../expand-hosts.ts';
import { entriesAt, fault, type IsSecret, itemsAt, type PathFault, valueAt } from '../path-fault.ts';
import { NAME, NAME_SAYS } from '../schema/command-defaults.ts';

/** Names of targets, and whether messages may show them. */
type Names = ReadonlyMap<string, boolean>;

/** Names of targets must be known, and stand for one each. */
export function checkReferences(file: unknown, isSecret: IsSecret): PathFault[] {
  const { names, groups, faults } = targetNames(file, isSecret);
  if (isEmpty(valueAt(file, 'targets'))) faults.push(fault(['targets'], 'is empty. Allowed: at least one target.'));
  const refuse = (path: readonly PropertyKey[], name: string): void => {
    const says = isSecret(path) ? 'there is no such target' : `there is no target '${name}'`;
    faults.push(fault(path, `${says}. Allowed: ${some(names)}.`));
  };
  const wanted = valueAt(file, 'defaults', 'target');
  if (typeof wanted === 'string' && groups.has(wanted) && !names.has(wanted))
    faults.push(fault(['defaults', 'target'], `stands for several hosts. Allowed: ${some(names)}.`));
  else if (typeof wanted === 'string' && !names.has(wanted)) refuse(['defaults', 'target'], wanted);
  for (const [tool] of entriesAt(file, 'tools')) {
    itemsAt(file, 'tools', tool, 'targets').forEach((name, i) => {
      if (typeof name === 'string' && !names.has(name) && !groups.has(name)) refuse(['tools', tool, 'targets', i], name);
    });
  }
  return faults;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function some(names: Names): string {
  const shown = [...names].filter(([, mayShow]) => mayShow).map(([name]) => name);
  if (shown.length === 0) return 'a key of targets';
  return `${shown.slice(0, 10).join(', ')}${names.size > Math.min(shown.length, 10) ? ', …' : ''}`;
}

/** Of single targets and of hosts; `groups` are entries with a list of hosts, which are no targets themselves. */
function targetNames(
  file: unknown,
  isSecret: IsSecret,
): { readonly names: Names; readonly groups: ReadonlySet<string>; readonly faults: PathFault[] } {
  const names = new Map<string, boolean>();
  const groups = new Set<string>();
  const faults: PathFault[] = [];
  const add = (name: string, path: readonly PropertyKey[]): void => {
    const secret = isSecret(path);
    const [two, host] = secret ? ['two targets of this name', 'the host'] : [`two targets '${name}'`, `the host '${name}'`];
    if (names.has(name)) faults.push(fault(path, `there are ${two}. Allowed: each host in one entry, and not as its name.`));
    else if (!NAME.test(name)) faults.push(fault(path, `${host} cannot name a target. Allowed: ${NAME_SAYS}.`));
    if (NAME.test(name)) names.set(name, !secret);
  };
  for (const [entry, target] of entriesAt(file, 'targets')) {
    const hosts = valueAt(target, 'hosts');
    if (!Array.isArray(hosts)) add(entry, ['targets', entry]);
    else groups.add(entry);
    itemsAt(hosts).forEach((pattern, i) => {
      const found = typeof pattern === 'string' ? expandHosts(pattern) : [];
      if (typeof found !== 'string') for (const host of found) add(host, ['targets', entry, 'hosts', i]);
    });
  }
  return { names, groups, faults };
}
