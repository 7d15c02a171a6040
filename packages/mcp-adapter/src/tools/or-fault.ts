import { z } from 'zod';

const FAULT = {
  code: z.string().describe('Only where nothing was done: the code of the fault, such as EXEC_QUEUE_FULL.'),
  message: z.string().describe('With code: what is wrong, and what to do.'),
  option: z.string().optional().describe('With code: which argument.'),
  what: z.string().optional().describe('With code: what was not found or refused.'),
  name: z.string().optional().describe('With code: its name.'),
  retry_after_ms: z.int().min(0).optional().describe('With code: in how many milliseconds the same call may succeed.'),
};
const ALWAYS = { code: FAULT.code, message: FAULT.message };

/**
 * The output schema of a tool that gives `shape`, or tells a fault: clients of SDK v1 check also that against the schema. It is one
 * object at its root, as MCP wants it, of which one part or the other must be there.
 */
export function orFault(shape: Readonly<Record<string, z.ZodType>>): z.ZodObject {
  const wholes = [required(shape), required(ALWAYS)];
  return z
    .object({ ...optional(shape), ...FAULT, ...optional(ALWAYS) })
    .refine((value) => wholes.some((names) => names.every((name) => Object.hasOwn(value, name))), { error: 'is neither whole nor a fault' })
    .meta({ anyOf: wholes.map((names) => ({ required: names })) });
}

function required(shape: Readonly<Record<string, z.ZodType>>): string[] {
  return Object.keys(shape).filter((name) => shape[name]?.safeParse(undefined).success === false);
}

function optional(shape: Readonly<Record<string, z.ZodType>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.optional()]));
}
