import type { z } from 'zod';

/** For `z.strictObject`: an argument that there is not is told together with those that there are. */
export function unknownArguments(shape: object): { error: (issue: z.core.$ZodRawIssue) => string | undefined } {
  const allowed = Object.keys(shape).join(', ');
  return {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `there is no argument ${issue.keys.join(', ')}. Allowed: ${allowed}.` : undefined,
  };
}
