import type { ConfiguredTool, ConfiguredTools, ToolOutput, ToolParameter } from '@errand/mcp-adapter';
import type { Config, TargetConfig } from '../config/config.ts';
import type { OutputEntry, ToolEntry } from '../config/schema/tools.ts';

/** The tools of a file that run on some of these targets, with what they are told of them. */
export function servedTools({ tools = {} }: Pick<Config, 'tools'>, targets: readonly TargetConfig[]): ConfiguredTools {
  const entries = Object.entries(tools).flatMap(([name, tool]): [string, ConfiguredTool][] => {
    const names = namesFor(tool, targets);
    return names.length === 0 ? [] : [[name, toTool(tool, names)]];
  });
  return Object.fromEntries(entries);
}

/** An entry of several hosts stands for each of them. */
function namesFor({ targets: selected = {}, when }: ToolEntry, targets: readonly TargetConfig[]): readonly string[] {
  const isMeant = (target: TargetConfig): boolean =>
    Array.isArray(selected) ? selected.some((name) => name === target.name || name === target.entry) : hasLabels(target, Object(selected));
  return targets.filter((target) => isMeant(target) && hasLabels(target, when?.labels)).map(({ name }) => name);
}

function hasLabels({ labels }: TargetConfig, wanted: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** As the MCP adapter takes it, for the targets with these names. */
export function toTool({ options, targets, parameters = {}, output, ...rest }: ToolEntry, names: readonly string[]): ConfiguredTool {
  const own = Object.entries(parameters).map(([name, parameter]) => [name, definedOnly(parameter)]);
  // The schema has seen to it that each is what the adapter takes.
  return definedOnly({
    ...rest,
    ...options,
    targets: targets === undefined || Array.isArray(targets) ? names : targets,
    parameters: Object.fromEntries(own) as Record<string, ToolParameter>,
    output: output && toOutput(output),
  }) as ConfiguredTool;
}

function toOutput({ max, ...output }: OutputEntry): ToolOutput {
  return definedOnly({ ...output, maxBytes: max }) as ToolOutput;
}

function definedOnly(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}
