import { z } from 'zod';
import type { Target, TargetList } from '../targets.ts';
import { IDEMPOTENCY_KEY } from '../tools/fields.ts';
import { toolInput } from '../tools/tool-input.ts';
import type { ConfiguredTool } from './configured-tool.ts';
import { parameterInput } from './parameter-input.ts';
import { commandsOf, isBehindDashes } from './placeholder.ts';
import { targetsText } from './selected-targets.ts';

/** What holds for each of many tools is said in few words. */
const KEY = IDEMPOTENCY_KEY.meta({
  description: 'The same call with it again is the same run.',
  minLength: undefined,
  maxLength: undefined,
});

/** The arguments of a tool: its parameters, the target where there are several, and a key where a second run would do harm. */
export function configuredInput(tool: ConfiguredTool, found: readonly Target[], targets: TargetList, prefix: string): z.ZodObject {
  const { parameters = {}, readOnly, session } = tool;
  const commands = commandsOf(tool);
  const asLines = commands.some(({ script }) => script !== undefined);
  const own = Object.entries(parameters).map(([name, parameter]) => [
    name,
    parameterInput(parameter, { mayDash: isBehindDashes(commands, name), asLines }),
  ]);
  const isDefault = found.some(({ executor }) => executor.name === targets.defaultName);
  const told = { list: `${prefix}list_targets`, defaultName: isDefault ? targets.defaultName : undefined };
  const target = z
    .string()
    .optional()
    .describe(targetsText(tool, found, told));
  return toolInput({
    ...Object.fromEntries(own),
    ...(found.length > 1 && { target }),
    ...(readOnly !== true && session === undefined && { idempotency_key: KEY }),
  });
}
