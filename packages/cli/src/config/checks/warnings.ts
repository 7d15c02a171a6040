import { installHint, isInstalled, missingPackage } from '../backends.ts';
import { entriesAt, fault, itemsAt, type PathFault, valueAt } from '../path-fault.ts';

/** What is allowed, and is likely a mistake, or will not work here. */
export function warningsOf(file: unknown): PathFault[] {
  return [...packages(file), ...storeClient(file), ...unbound(file), ...labels(file), ...described(file), ...parameters(file)];
}

function packages(file: unknown): PathFault[] {
  return entriesAt(file, 'targets').flatMap(([name, target]) => {
    const kind = String(valueAt(target, 'kind'));
    const missing = missingPackage(kind);
    return missing ? [fault(['targets', name, 'kind'], `${installHint(kind, missing)}.`)] : [];
  });
}

/** Stores that need a client beside errand. */
const CLIENTS: Readonly<Record<string, string>> = { redis: 'ioredis', postgres: 'pg' };

function storeClient(file: unknown): PathFault[] {
  const kind = String(valueAt(file, 'quotas', 'store', 'kind'));
  const client = Object.hasOwn(CLIENTS, kind) ? CLIENTS[kind] : undefined;
  if (client === undefined || isInstalled(client)) return [];
  const hint = `the store ${kind} needs ${client}, which is not installed. Install it beside errand: npm install ${client}.`;
  return [fault(['quotas', 'store', 'kind'], hint)];
}

/** Limits that bind nothing without others, beside them or in what a tenant has of all others. */
const NEED: Readonly<Record<string, readonly string[]>> = {
  burst: ['commandsPerMinute'],
  window: ['wall', 'output', 'cpu'],
};

function unbound(file: unknown): PathFault[] {
  const outer = valueAt(file, 'quotas', 'default');
  const tenants = entriesAt(file, 'quotas', 'tenants');
  const has = (limits: unknown, keys: readonly string[]): boolean => keys.some((key) => valueAt(limits, key) !== undefined);
  return Object.entries(NEED).flatMap(([key, needed]) => {
    const check = (path: readonly string[], limits: unknown, others: readonly unknown[]): PathFault[] => {
      const idle = valueAt(limits, key) !== undefined && ![limits, ...others].some((each) => has(each, needed));
      return idle ? [fault([...path, key], `does nothing without ${needed.join(', ').replace(/, (?=\w+$)/, ' or ')}.`)] : [];
    };
    const ofAll = check(
      ['quotas', 'default'],
      outer,
      tenants.map(([, limits]) => limits),
    );
    return [...ofAll, ...tenants.flatMap(([name, limits]) => check(['quotas', 'tenants', name], limits, [outer]))];
  });
}

function labels(file: unknown): PathFault[] {
  const targets = entriesAt(file, 'targets').map(([, target]) => target);
  return entriesAt(file, 'tools').flatMap(([name, tool]) => {
    const wanted = entriesAt(tool, 'targets');
    const isMeant = (target: unknown): boolean => wanted.every(([key, value]) => valueAt(target, 'labels', key) === value);
    const found = wanted.length === 0 || targets.some(isMeant);
    return found ? [] : [fault(['tools', name, 'targets'], 'no target has these labels.')];
  });
}

function described(file: unknown): PathFault[] {
  const silent = entriesAt(file, 'tools').filter(([, tool]) => valueAt(tool, 'description') === undefined);
  return silent.map(([name]) => fault(['tools', name], 'has no description: a model sees its name alone.'));
}

/** A script has its parameters as variables. */
function parameters(file: unknown): PathFault[] {
  return entriesAt(file, 'tools').flatMap(([name, tool]) => {
    const at = (parameter: string): string[] => ['tools', name, 'parameters', parameter];
    const scripts = [valueAt(tool, 'script'), ...itemsAt(tool, 'steps').map((step) => valueAt(step, 'script'))];
    const source = scripts.filter((script) => typeof script === 'string').join('\n');
    const argv = [tool, ...itemsAt(tool, 'steps')].flatMap((command) => itemsAt(command, 'argv'));
    return entriesAt(tool, 'parameters').flatMap(([parameter, value]) => {
      const variable = `ERRAND_${parameter.toUpperCase()}`;
      const isUnused = source !== '' && !source.includes(variable) && !argv.includes(`{${parameter}}`);
      const pattern = valueAt(value, 'pattern');
      const matchesPart = typeof pattern === 'string' && !(pattern.startsWith('^') && pattern.endsWith('$'));
      return [
        ...(isUnused ? [fault(at(parameter), `the script does not use $${variable}.`)] : []),
        ...(matchesPart
          ? [fault([...at(parameter), 'pattern'], 'may match a part of a value: ^ at its begin and $ at its end bind it.')]
          : []),
      ];
    });
  });
}
