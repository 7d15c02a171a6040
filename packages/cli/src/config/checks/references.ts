import { expandHosts } from '../expand-hosts.ts';
import { entriesAt, fault, itemsAt, type PathFault, valueAt } from '../path-fault.ts';
import { NAME, NAME_SAYS } from '../schema/command-defaults.ts';

/** Names of targets must be known, and stand for one each. */
export function checkReferences(file: unknown): PathFault[] {
  const { names, groups, faults } = targetNames(file);
  if (isEmpty(valueAt(file, 'targets'))) faults.push(fault(['targets'], 'is empty. Allowed: at least one target.'));
  const wanted = valueAt(file, 'defaults', 'target');
  if (typeof wanted === 'string' && !names.has(wanted)) faults.push(fault(['defaults', 'target'], unknownTarget(wanted, names, groups)));
  for (const [tool] of entriesAt(file, 'tools')) {
    itemsAt(file, 'tools', tool, 'targets').forEach((name, i) => {
      const known = names.has(String(name)) || groups.has(String(name));
      if (typeof name === 'string' && !known) faults.push(fault(['tools', tool, 'targets', i], unknownTarget(name, names, new Set())));
    });
  }
  return faults;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function unknownTarget(name: string, names: ReadonlySet<string>, groups: ReadonlySet<string>): string {
  const some = [...names].slice(0, 10).join(', ');
  const allowed = `Allowed: ${some}${names.size > 10 ? ', …' : ''}.`;
  return groups.has(name) ? `stands for several hosts. ${allowed}` : `there is no target '${name}'. ${allowed}`;
}

/** Of single targets and of hosts; `groups` are entries with a list of hosts, which are no targets themselves. */
function targetNames(file: unknown): {
  readonly names: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly faults: PathFault[];
} {
  const names = new Set<string>();
  const groups = new Set<string>();
  const faults: PathFault[] = [];
  const add = (name: string, path: readonly PropertyKey[]): void => {
    if (names.has(name)) faults.push(fault(path, `there are two targets '${name}'. Allowed: each host in one entry, and not as its name.`));
    else if (!NAME.test(name)) faults.push(fault(path, `the host '${name}' cannot name a target. Allowed: ${NAME_SAYS}.`));
    if (NAME.test(name)) names.add(name);
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
