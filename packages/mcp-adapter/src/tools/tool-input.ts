import { z } from 'zod';
import { harmless } from '../harmless.ts';

/**
 * The arguments of a tool. One that there is not is refused together with those that there are, so that a misspelt one is not silently
 * without effect. That is left out of what a model reads in every tool, as is `$schema`, which is fixed by MCP.
 */
export function toolInput<S extends z.core.$ZodLooseShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const allowed = Object.keys(shape).join(', ');
  const error = (issue: z.core.$ZodRawIssue): string | undefined =>
    issue.code === 'unrecognized_keys' ? `there is no argument ${harmless(issue.keys.join(', ')).text}. Allowed: ${allowed}.` : undefined;
  return z.strictObject(shape, { error }).meta({ $schema: undefined, additionalProperties: undefined });
}
