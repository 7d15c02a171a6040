import { z } from 'zod';
import { orFault } from '../tools/or-fault.ts';
import type { ConfiguredTool } from './configured-tool.ts';

/**
 * What a tool that gives JSON promises of it. A schema that refers to parts of itself means another place here, so it is only checked, and
 * not shown.
 */
export function configuredOutput({ output }: ConfiguredTool): z.ZodObject | undefined {
  if (output?.type !== 'json' || refers(output.schema)) return undefined;
  return orFault({ json: z.unknown().optional().meta(output.schema) });
}

function refers(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  return Object.entries(schema).some(([key, value]) => key.startsWith('$') || refers(value));
}
