import { isExecError } from '@errand/core';
import type { Config } from '../config/config.ts';
import type { Fault } from '../config/fault.ts';
import type { ToolEntry } from '../config/schema/tools.ts';
import { toTool } from './served-tools.ts';

/** What the MCP adapter would refuse of a file's tools, beyond what the file's own schema knows, such as a JSON Schema that is none. */
export async function toolFaults({ tools = {}, placeOf }: Pick<Config, 'tools' | 'placeOf'>): Promise<readonly Fault[]> {
  const entries = Object.entries(tools);
  if (entries.length === 0) return [];
  const { checkConfigured } = await import('@errand/mcp-adapter');
  const check = (name: string, tool: ToolEntry): void => checkConfigured({ [name]: toTool(tool, []) });
  return entries.flatMap(([name, tool]) => {
    try {
      check(name, tool);
      return [];
    } catch (fault) {
      if (!isExecError(fault)) throw fault;
      const { option = '' } = fault.detail;
      const message = fault.message.replace(`${option}: `, '');
      return [{ ...placeOf(['tools', name, ...option.split('.').slice(2)]), path: option, message }];
    }
  });
}
