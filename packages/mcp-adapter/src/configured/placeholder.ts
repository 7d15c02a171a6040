import type { ConfiguredTool, ToolCommand } from './configured-tool.ts';

/** The parameter that a whole element of argv stands for. */
export function placeholderIn(element: string): string | undefined {
  return /^\{([a-z][a-z0-9_]{0,63})\}$/.exec(element)?.[1];
}

/** What a tool runs, one after another. */
export function commandsOf({ argv, script, steps }: ConfiguredTool): readonly ToolCommand[] {
  return steps ?? [{ ...(argv && { argv }), ...(script !== undefined && { script }) }];
}

/**
 * Whether no command can take a parameter's value for an option: each element that is it follows `--`, with nothing but other parameters
 * between. What a script does with a variable nobody knows.
 */
export function isBehindDashes(commands: readonly ToolCommand[], name: string): boolean {
  return commands.every(({ argv, script }) => {
    if (script !== undefined) return false;
    return (argv ?? []).every((element, i, all) => placeholderIn(element) !== name || followsDashes(all.slice(0, i)));
  });
}

function followsDashes(before: readonly string[]): boolean {
  return before.findLast((element) => placeholderIn(element) === undefined) === '--';
}
