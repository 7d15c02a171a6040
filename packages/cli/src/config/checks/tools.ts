import type { ToolName } from '@errand/mcp-adapter';
import { entriesAt, fault, type IsSecret, itemsAt, type PathFault, valueAt } from '../path-fault.ts';

/** Of the MCP adapter, which is loaded only where it serves. */
const OWN_TOOLS: Readonly<Record<ToolName, true>> = {
  run_command: true,
  read_output: true,
  write_stdin: true,
  signal_job: true,
  list_jobs: true,
  close_session: true,
  read_file: true,
  write_file: true,
  list_directory: true,
  list_targets: true,
};

/** The parameter that a whole element of argv stands for. */
function placeholderIn(element: string): string | undefined {
  return /^\{([a-z][a-z0-9_]*)\}$/.exec(element)?.[1];
}

/** That a tool's command and its parameters fit together. */
export function checkTools(file: unknown, isSecret: IsSecret): PathFault[] {
  return entriesAt(file, 'tools').flatMap(([name, tool]) => {
    const path = ['tools', name];
    return [
      ...nameFaults(name),
      ...commandFaults(path, tool),
      ...commandsAt(path, tool).flatMap((command) => argvFaults(command, tool, isSecret)),
      ...unusedFaults(path, tool),
      ...sessionFaults(path, tool),
      ...outputFaults(path, tool),
      ...defaultFaults(path, tool),
    ];
  });
}

function nameFaults(name: string): PathFault[] {
  if (!Object.hasOwn(OWN_TOOLS, name)) return [];
  return [{ path: ['tools', name], at: 'key', message: "is the name of one of Errand's own tools. Allowed: another one." }];
}

/** Argv or a script, and where it stands. */
interface CommandAt {
  readonly path: readonly PropertyKey[];
  readonly command: unknown;
}

function commandsAt(path: readonly PropertyKey[], tool: unknown): readonly CommandAt[] {
  const steps = itemsAt(tool, 'steps');
  return steps.length > 0 ? steps.map((command, i) => ({ path: [...path, 'steps', i], command })) : [{ path, command: tool }];
}

function commandFaults(path: readonly PropertyKey[], tool: unknown): PathFault[] {
  const steps = itemsAt(tool, 'steps').flatMap((step, i) => oneOf([...path, 'steps', i], step, ['argv', 'script']));
  return [...oneOf(path, tool, ['argv', 'script', 'steps']), ...steps];
}

function oneOf(path: readonly PropertyKey[], value: unknown, keys: readonly string[]): PathFault[] {
  const [one, another] = keys.filter((key) => valueAt(value, key) !== undefined);
  if (one === undefined) return [fault(path, `has no command. Allowed: ${keys.join(', ').replace(/, (?=\w+$)/, ', or ')}.`)];
  return another === undefined ? [] : [fault([...path, another], `stands beside ${one}. Allowed: one of them.`)];
}

function argvFaults({ path, command }: CommandAt, tool: unknown, isSecret: IsSecret): PathFault[] {
  const parameters = new Map(entriesAt(tool, 'parameters'));
  return itemsAt(command, 'argv').flatMap((item, i): PathFault[] => {
    if (typeof item !== 'string') return [];
    const at = [...path, 'argv', i];
    const name = placeholderIn(item);
    if (name === undefined) {
      const inside = [...parameters.keys()].find((parameter) => item.includes(`{${parameter}}`));
      return inside === undefined ? [] : [fault(at, `{${inside}} stands in a longer word. Allowed: {${inside}} as an element by itself.`)];
    }
    const none = isSecret(at) ? 'there is no such parameter' : `there is no parameter '${name}'`;
    if (!parameters.has(name)) return [fault(at, `${none}. Allowed: ${[...parameters.keys()].join(', ') || 'one of parameters'}.`)];
    const parameter = parameters.get(name);
    const isChosen = valueAt(parameter, 'type') === 'enum' && valueAt(parameter, 'optional') !== true;
    if (i > 0 || isChosen) return [];
    return [fault(at, 'lets a caller choose the program. Allowed: a program, or an enum that is always there.')];
  });
}

/** A script may use any of them; argv says which. */
function unusedFaults(path: readonly PropertyKey[], tool: unknown): PathFault[] {
  const commands = commandsAt(path, tool);
  if (commands.some(({ command }) => valueAt(command, 'script') !== undefined)) return [];
  const elements = commands.flatMap(({ command }) => itemsAt(command, 'argv'));
  if (elements.length === 0) return [];
  const used = new Set(elements.map((element) => (typeof element === 'string' ? placeholderIn(element) : undefined)));
  const unused = entriesAt(tool, 'parameters').filter(([name]) => !used.has(name));
  return unused.map(([name]) =>
    fault([...path, 'parameters', name], `no element of argv is {${name}}. Allowed: parameters that argv uses.`),
  );
}

function sessionFaults(path: readonly PropertyKey[], tool: unknown): PathFault[] {
  if (valueAt(tool, 'session') === undefined) return [];
  const hasArgv = commandsAt(path, tool).some(({ command }) => valueAt(command, 'argv') !== undefined);
  return [
    ...(hasArgv ? [fault([...path, 'session'], 'stands beside argv. Allowed: script, which the shell of the session parses.')] : []),
    ...(valueAt(tool, 'limits') === undefined ? [] : [fault([...path, 'limits'], 'stands beside session. Allowed: one of them.')]),
  ];
}

function outputFaults(path: readonly PropertyKey[], tool: unknown): PathFault[] {
  const file = valueAt(tool, 'output', 'path');
  if (typeof file !== 'string' || file.startsWith('/')) return [];
  const parameter = valueAt(tool, 'parameters', placeholderIn(file) ?? '');
  if (valueAt(parameter, 'type') === 'path' && valueAt(parameter, 'optional') !== true) return [];
  return [
    fault([...path, 'output', 'path'], 'is no such path. Allowed: an absolute path, or {NAME} of a path parameter that is always there.'),
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
