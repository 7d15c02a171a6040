import { entriesAt, fault, type IsSecret, itemsAt, type PathFault, valueAt } from '../path-fault.ts';

/** A whole element of argv that stands for a parameter. */
const PLACEHOLDER = /^\{([a-z][a-z0-9_]*)\}$/;

/** That a tool's command and its parameters fit together. */
export function checkTools(file: unknown, isSecret: IsSecret): PathFault[] {
  return entriesAt(file, 'tools').flatMap(([name, tool]) => [
    ...commandFaults(['tools', name], tool, isSecret),
    ...defaultFaults(['tools', name], tool),
  ]);
}

function commandFaults(path: readonly PropertyKey[], tool: unknown, isSecret: IsSecret): PathFault[] {
  const hasArgv = valueAt(tool, 'argv') !== undefined;
  const hasScript = valueAt(tool, 'script') !== undefined;
  if (!hasArgv && !hasScript) return [fault(path, 'has no command. Allowed: argv, or script.')];
  if (hasScript) return hasArgv ? [fault([...path, 'script'], 'stands beside argv. Allowed: one of them.')] : [];
  return argvFaults(path, tool, isSecret);
}

function argvFaults(path: readonly PropertyKey[], tool: unknown, isSecret: IsSecret): PathFault[] {
  const parameters = new Set(entriesAt(tool, 'parameters').map(([name]) => name));
  const used = new Set<string>();
  const faults = itemsAt(tool, 'argv').flatMap((item, i): PathFault[] => {
    if (typeof item !== 'string') return [];
    const at = [...path, 'argv', i];
    const [, name] = PLACEHOLDER.exec(item) ?? [];
    if (name !== undefined) {
      used.add(name);
      const none = isSecret(at) ? 'there is no such parameter' : `there is no parameter '${name}'`;
      return parameters.has(name) ? [] : [fault(at, `${none}. Allowed: ${[...parameters].join(', ') || 'one of parameters'}.`)];
    }
    const inside = [...parameters].find((parameter) => item.includes(`{${parameter}}`));
    return inside === undefined ? [] : [fault(at, `{${inside}} stands in a longer word. Allowed: {${inside}} as an element by itself.`)];
  });
  const unused = [...parameters].filter((name) => !used.has(name));
  return [
    ...faults,
    ...unused.map((name) => fault([...path, 'parameters', name], `no element of argv is {${name}}. Allowed: parameters that argv uses.`)),
  ];
}

function defaultFaults(path: readonly PropertyKey[], tool: unknown): PathFault[] {
  return entriesAt(tool, 'parameters').flatMap(([name, parameter]) => {
    const value = valueAt(parameter, 'default');
    if (value === undefined) return [];
    const at = [...path, 'parameters', name, 'default'];
    if (valueAt(parameter, 'optional') === true) return [fault(at, 'stands beside optional. Allowed: one of them.')];
    const why = doesNotFit(value, parameter);
    return why === undefined ? [] : [fault(at, why)];
  });
}

/** As far as the schema cannot tell. */
function doesNotFit(value: unknown, parameter: unknown): string | undefined {
  const type = valueAt(parameter, 'type');
  if (type === 'enum' && !itemsAt(parameter, 'values').includes(value)) return 'is none of values.';
  if (type === 'string' && typeof value === 'string' && !matches(valueAt(parameter, 'pattern'), value)) return 'does not match pattern.';
  if (typeof value !== 'number') return undefined;
  const [minimum, maximum] = [valueAt(parameter, 'minimum'), valueAt(parameter, 'maximum')];
  const below = typeof minimum === 'number' && value < minimum;
  return below || (typeof maximum === 'number' && value > maximum) ? 'is not between minimum and maximum.' : undefined;
}

function matches(pattern: unknown, value: string): boolean {
  if (typeof pattern !== 'string') return true;
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    // The schema has said so.
    return true;
  }
}
