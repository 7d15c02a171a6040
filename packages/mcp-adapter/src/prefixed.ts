import { z } from 'zod';
import type { OwnTool } from './tool.ts';
import { TOOL_NAMES } from './tool-names.ts';

const NAMES = new RegExp(`\\b(?:${TOOL_NAMES.join('|')})\\b`, 'g');

/** A tool of ours as it is called with a prefix, which is also before the others that it speaks of. */
export function prefixed(tool: OwnTool, prefix: string): OwnTool {
  if (prefix === '') return tool;
  const { description, inputSchema, outputSchema } = tool;
  return {
    ...tool,
    description: withPrefix(description, prefix),
    inputSchema: prefixedSchema(inputSchema, prefix),
    ...(outputSchema && { outputSchema: prefixedSchema(outputSchema, prefix) }),
  };
}

/** Text of ours; what a command wrote, or a caller, may have these words, too. */
export function withPrefix(text: string, prefix: string): string {
  return prefix === '' ? text : text.replace(NAMES, (name) => prefix + name);
}

function prefixedSchema(schema: z.ZodObject, prefix: string): z.ZodObject {
  const fields = Object.entries(schema.shape).map(([name, field]) => [name, prefixedField(field, prefix)]);
  return schema.clone({ ...schema.def, shape: Object.fromEntries(fields) }).meta(schema.meta() ?? {});
}

function prefixedField(field: z.core.$ZodType, prefix: string): z.core.$ZodType {
  if (!(field instanceof z.ZodType)) return field;
  const description = descriptionOf(field);
  return description === undefined ? field : field.meta({ ...field.meta(), description: withPrefix(description, prefix) });
}

/** One that may be left out says itself what it is, or its inside does. */
function descriptionOf(field: z.ZodType): string | undefined {
  const own = field.meta()?.description;
  if (own !== undefined || !(field instanceof z.ZodOptional)) return own;
  const inner = field.unwrap();
  return inner instanceof z.ZodType ? descriptionOf(inner) : undefined;
}
