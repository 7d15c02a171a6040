import * as z from 'zod';
import { isA, type Suffix } from './leaf.ts';

/** Keys and the schemas of their values. */
export type Shape = Readonly<Record<string, z.ZodType>>;

type SuffixOf<T> = T extends { readonly suffix: infer S extends Suffix } ? S : '';

/** Values under the API's names: `timeout: 30s` is `timeoutMs: 30000`. */
export type Api<S extends Shape> = { readonly [K in keyof S & string as `${K}${SuffixOf<S[K]>}`]?: z.output<S[K]> };

type Optional<S extends Shape> = { -readonly [K in keyof S]: z.ZodOptional<S[K]> };

/** A mapping with these keys and no others, none of which must be there but those of `required`. */
// No return type: what zod infers is what its callers need.
export function mapping<S extends Shape, R extends Shape = Record<never, never>>(shape: S, required?: R) {
  const keys = { ...required, ...optional(shape) };
  return z.strictObject(keys as Optional<S> & R, { error: (issue) => mappingFault(issue, Object.keys(keys)) });
}

/** A mapping whose keys become options of the API. */
export function options<S extends Shape>(shape: S): z.ZodType<Api<S>, unknown> {
  return mapping(shape).transform((values) => toApi(shape, values));
}

/** The keys of `shape` that `values` has, under the API's names. */
export function toApi<S extends Shape>(shape: S, values: object): Api<S> {
  const given = Object.entries(values).filter(([key, value]) => key in shape && value !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [key + suffixOf(shape[key]), value])) as Api<S>;
}

/** A mapping with names of the user's own. */
export function named<T extends z.ZodType>(name: RegExp, says: string, value: T): z.ZodRecord<z.ZodString, T> {
  return z.record(z.string().regex(name, { error: `is no name. Allowed: ${says}.` }), value, { error: (issue) => mappingFault(issue, []) });
}

/** A list of at least one. */
export function list<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z
    .array(item, { error: ({ input }) => `${input === undefined ? 'is missing' : isA(input)}. Allowed: a list.` })
    .min(1, { error: 'is empty. Allowed: a list of at least one.' });
}

function optional<S extends Shape>(shape: S): Optional<S> {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.optional()])) as Optional<S>;
}

function suffixOf(schema: z.ZodType | undefined): string {
  return schema && 'suffix' in schema ? String(schema.suffix) : '';
}

function mappingFault({ code, input }: { readonly code?: string; readonly input?: unknown }, keys: readonly string[]): string | undefined {
  if (code === 'unrecognized_keys') return `is not known here. Allowed: ${keys.join(', ')}.`;
  if (code === 'invalid_type') return `${input === undefined ? 'is missing' : isA(input)}. Allowed: a mapping.`;
  return undefined;
}

/** Mappings that are told apart by the word at `key`. */
export function oneByKey<T>(
  key: string,
  words: readonly string[],
  memberOf: (word: string) => z.ZodType<T, unknown>,
): z.ZodType<T, unknown> {
  // zod wants to see in the types that each member has the key, which a list that is made cannot show.
  const members = words.map(memberOf) as unknown as [z.core.$ZodTypeDiscriminable];
  return z.discriminatedUnion(key, members, { error: (issue) => unionFault(issue, words) }) as unknown as z.ZodType<T, unknown>;
}

function unionFault(
  issue: { readonly code?: string; readonly input?: unknown; readonly discriminator?: unknown },
  allowed: readonly string[],
): string {
  const { code, input, discriminator } = issue;
  if (code === 'invalid_type') return `${isA(input)}. Allowed: a mapping.`;
  return `${isMissing(input, discriminator) ? 'is missing' : 'is not known'}. Allowed: ${allowed.join(', ')}.`;
}

function isMissing(input: unknown, key: unknown): boolean {
  return typeof input === 'object' && input !== null && !(String(key) in input);
}
