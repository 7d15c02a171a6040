import { z } from 'zod';

/** Refuses an object with a member `__proto__`, which Zod's records leave out without a word. */
export function refuseProto<T>(schema: z.ZodType<T>): z.ZodType<T> {
  const check = (value: unknown, context: z.RefinementCtx): unknown => {
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
      context.addIssue({ code: 'custom', message: '__proto__ cannot be a name here. Allowed: any other name' });
    }
    return value;
  };
  return z.preprocess(check, schema);
}
