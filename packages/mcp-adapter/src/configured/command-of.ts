import type { Command } from '@errand/core';
import type { ConfiguredTool } from './configured-tool.ts';
import { filled } from './fill.ts';
import { stepsCommand, stepsScript } from './steps.ts';
import type { Values } from './values.ts';
import { assignments, variables } from './variables.ts';

/** What a call of a tool runs, with its values as data. */
export interface ToolRun {
  readonly command: Command;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** In a process of its own: scripts have values as variables of its environment. */
export function commandOf({ argv, script = '', steps, parameters = {} }: ConfiguredTool, values: Values): ToolRun {
  if (argv) return { command: filled(argv, values), env: {} };
  const env = variables(Object.keys(parameters), values);
  return { command: steps ? stepsCommand(steps, values) : script, env };
}

/** In a session, as one piece of source. */
export function sourceOf({ script = '', steps, parameters = {} }: ConfiguredTool, values: Values): string {
  return `${assignments(Object.keys(parameters), values)}\n${steps ? stepsScript(steps) : script}`;
}
