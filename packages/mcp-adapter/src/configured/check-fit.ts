import { invalidOption } from '@errand/core/checks';
import type { ConfiguredTool, ToolCommand } from './configured-tool.ts';
import { jsonReader } from './json-output.ts';
import { commandsOf, placeholderIn } from './placeholder.ts';
import type { ToolParameter } from './tool-parameter.ts';

/**
 * That the parts of a tool fit together, each of which is right by itself.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` that names the option
 */
export function checkFit(option: string, tool: ConfiguredTool): void {
  const { parameters = {}, steps } = tool;
  checkOneOf(option, tool, ['argv', 'script', 'steps']);
  const commands = commandsOf(tool);
  for (const [i, command] of commands.entries()) {
    const at = steps ? `${option}.steps[${i}]` : option;
    if (steps) checkOneOf(at, command, ['argv', 'script']);
    checkArgv(at, command, parameters);
  }
  checkUse(option, commands, Object.keys(parameters));
  if (tool.session !== undefined) checkSession(option, tool, commands);
  checkOutput(`${option}.output`, tool, parameters);
}

type Parameters = Readonly<Record<string, ToolParameter>>;

function checkOneOf<T extends object>(option: string, value: T, keys: readonly (keyof T & string)[]): void {
  const [one, another] = keys.filter((key) => value[key] !== undefined);
  if (one === undefined) throw invalidOption(option, 'it has no command', keys.join(' or '));
  if (another !== undefined) throw invalidOption(`${option}.${another}`, `it stands beside ${one}`, 'one of them');
}

function checkArgv(option: string, { argv = [] }: ToolCommand, parameters: Parameters): void {
  for (const [i, element] of argv.entries()) {
    const at = `${option}.argv[${i}]`;
    const name = placeholderIn(element);
    const names = Object.keys(parameters);
    const inside = names.find((parameter) => element.includes(`{${parameter}}`));
    if (name === undefined && inside !== undefined)
      throw invalidOption(at, `{${inside}} stands in a longer word`, `{${inside}} as an element by itself`);
    if (name === undefined) continue;
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!parameter) throw invalidOption(at, `there is no parameter '${name}'`, names.join(', ') || 'one of parameters');
    if (i === 0 && (parameter.type !== 'enum' || parameter.optional === true))
      throw invalidOption(at, 'a caller would choose the program', 'a program, or an enum that is always there');
  }
}

/** A script may use any of them; argv says which. */
function checkUse(option: string, commands: readonly ToolCommand[], names: readonly string[]): void {
  if (commands.some(({ script }) => script !== undefined)) return;
  const used = new Set(commands.flatMap(({ argv = [] }) => argv.map(placeholderIn)));
  const unused = names.find((name) => !used.has(name));
  if (unused !== undefined)
    throw invalidOption(`${option}.parameters.${unused}`, `no element of argv is {${unused}}`, 'parameters that argv uses');
}

function checkSession(option: string, { limits }: ConfiguredTool, commands: readonly ToolCommand[]): void {
  if (commands.some(({ argv }) => argv !== undefined))
    throw invalidOption(`${option}.session`, 'it stands beside argv', 'script, which the shell of the session parses');
  if (limits !== undefined) throw invalidOption(`${option}.limits`, 'not in a session', 'limits without session');
}

function checkOutput(option: string, { output }: ConfiguredTool, parameters: Parameters): void {
  if (output === undefined) return;
  const { schema, path } = output as { readonly schema?: Record<string, unknown>; readonly path?: string };
  if ((output.type === 'json') !== (schema !== undefined))
    throw invalidOption(`${option}.schema`, 'it does not fit the type', 'it with json, and json with it');
  if ((output.type === 'file') !== (path !== undefined))
    throw invalidOption(`${option}.path`, 'it does not fit the type', 'it with file, and file with it');
  if (schema) jsonReader(`${option}.schema`, schema);
  if (path === undefined || path.startsWith('/')) return;
  const name = placeholderIn(path);
  const parameter = name !== undefined && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (parameter?.type !== 'path' || parameter.optional === true)
    throw invalidOption(`${option}.path`, 'it is no such path', 'an absolute path, or {name} of a path parameter that is always there');
}
