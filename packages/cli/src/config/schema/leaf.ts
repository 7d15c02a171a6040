import * as z from 'zod';

/** What the API's name of a key has at its end, beyond the key in the file. */
export type Suffix = '' | 'Ms' | 'Bytes';

/** A schema of one value. It says itself what is wrong and what is allowed, and shows no value. */
export type Leaf<T, S extends Suffix = ''> = z.ZodType<T, unknown> & { readonly suffix: S };

/** What is wrong with a value, as a sentence behind its key. */
export class Refusal {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** A leaf with what editors are told of it, as JSON Schema. */
export function leaf<T, S extends Suffix>(read: (value: unknown) => T | Refusal, jsonSchema: object, suffix: S): Leaf<T, S> {
  const schema = z.unknown().transform((value, context): T => {
    const result = value === undefined ? new Refusal('is missing.') : read(value);
    if (!(result instanceof Refusal)) return result;
    context.addIssue({ code: 'custom', message: result.message });
    return z.NEVER;
  });
  return Object.assign(schema.meta({ ...jsonSchema }), { suffix });
}

/** `is a number`, as users of YAML call it. */
export function isA(value: unknown): string {
  if (value === null) return 'is empty';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object') return 'is a mapping';
  if (typeof value === 'boolean') return 'is a boolean';
  return typeof value === 'number' ? 'is a number' : 'is text';
}
