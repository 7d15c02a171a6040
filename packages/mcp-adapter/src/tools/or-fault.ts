import { z } from 'zod';

const FAULT = 'With isError: code, message, option, retry_after_ms …';
const ALWAYS = ['code', 'message'];

/**
 * The output schema of a tool that gives `shape`, or tells a fault: clients of SDK v1 check also that against the schema. It is one
 * object, as MCP wants it, and no union, which clients take badly; that one part or the other is whole is checked here alone. What a
 * fault has is said in one place: it is the same in each tool, and a model reads them all.
 */
export function orFault(shape: Readonly<Record<string, z.ZodType>>): z.ZodObject {
  const wholes = [required(shape), ALWAYS];
  return (
    z
      .object(optional(shape))
      .catchall(z.unknown())
      .refine((value) => wholes.some((names) => names.every((name) => Object.hasOwn(value, name))), {
        error: 'is neither whole nor a fault',
      })
      // `true`, which MCP's Inspector wants in place of zod's `{}`.
      .meta({ $schema: undefined, description: FAULT, additionalProperties: true })
  );
}

function required(shape: Readonly<Record<string, z.ZodType>>): string[] {
  return Object.keys(shape).filter((name) => shape[name]?.safeParse(undefined).success === false);
}

function optional(shape: Readonly<Record<string, z.ZodType>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.optional()]));
}
