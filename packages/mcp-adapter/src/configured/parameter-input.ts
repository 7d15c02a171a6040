import { z } from 'zod';
import { inTime } from './in-time.ts';
import type { ListParameter, NumberParameter, PathParameter, StringParameter, ToolParameter } from './tool-parameter.ts';

/** Characters of a text where nothing says otherwise: a pattern that backtracks is bounded, too. */
const MAX_LENGTH = 4_096;
/** Linux takes no longer element of argv, or variable with its name. */
const MAX_BYTES = 131_000;
const MAX_ITEMS = 100;
const DASH_SAYS = "begins with '-', which a command may take for an option. Allowed: any other beginning";

/** What is wrong with a value, as a sentence behind its name; nothing where nothing is. */
type FaultOf<T> = (value: T) => string | undefined;

/** A value of a call. */
export type ParameterValue = string | number | boolean | readonly string[];

/** How a value reaches the command. */
export interface Reach {
  /** Nothing can take it for an option. */
  readonly mayDash?: boolean;
  /** As a variable, in which a list's items are lines. */
  readonly asLines?: boolean;
}

/** The schema of one argument, and what a model is told of it. */
export function parameterInput(parameter: ToolParameter, reach: Reach = {}): z.ZodType<ParameterValue | undefined> {
  const { description, optional, default: given } = parameter;
  const { schema, says } = schemaOf(parameter, reach);
  const told = { ...says, ...(given !== undefined && { default: given }) };
  const what = [description, parameter.type === 'path' ? `A path below ${parameter.root}.` : undefined].filter(
    (part) => part !== undefined,
  );
  const meta = { ...told, ...(what.length > 0 && { description: what.join(' ') }) };
  return optional === true || given !== undefined ? schema.optional().meta(meta) : schema.meta(meta);
}

interface Described {
  readonly schema: z.ZodType<ParameterValue>;
  readonly says: Readonly<Record<string, unknown>>;
}

function schemaOf(parameter: ToolParameter, reach: Reach): Described {
  switch (parameter.type) {
    case 'string':
      return ofString(parameter, reach);
    case 'integer':
    case 'number':
      return ofNumber(parameter, reach);
    case 'boolean':
      return { schema: z.boolean(), says: {} };
    case 'enum':
      return { schema: z.enum(parameter.values), says: {} };
    case 'path':
      return { schema: checked(z.string(), pathFault(parameter)), says: {} };
    case 'list':
      return ofList(parameter, reach);
  }
}

function ofString(parameter: StringParameter, { mayDash = false }: Reach): Described {
  const { pattern, minLength = 0, maxLength = MAX_LENGTH, allowDash = mayDash } = parameter;
  const expression = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  const schema = checked(z.string(), (value) => textFault(value, { minLength, maxLength, allowDash, expression }));
  return {
    schema,
    says: {
      ...(pattern !== undefined && { pattern }),
      ...(minLength > 0 && { minLength }),
      ...(parameter.maxLength !== undefined && { maxLength }),
    },
  };
}

function ofNumber({ type, minimum, maximum }: NumberParameter, { mayDash }: Reach): Described {
  const least = minimum ?? (mayDash ? undefined : 0);
  const bounds = { ...(least !== undefined && { minimum: least }), ...(maximum !== undefined && { maximum }) };
  const schema = checked(z.number(), (value) => {
    if (type === 'integer' && !Number.isSafeInteger(value)) return 'is no whole number';
    if (least !== undefined && value < least) return `is too small. Allowed: at least ${least}`;
    return maximum !== undefined && value > maximum ? `is too large. Allowed: at most ${maximum}` : undefined;
  });
  return { schema, says: { type, ...bounds } };
}

function ofList({ pattern, minItems = 0, maxItems = MAX_ITEMS, allowDash }: ListParameter, { mayDash = false, asLines }: Reach): Described {
  const expression = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  const bounds = { minLength: 0, maxLength: MAX_LENGTH, allowDash: allowDash ?? mayDash, expression };
  const item = checked(z.string(), (value) =>
    asLines && value.includes('\n') ? 'holds an end of line. Allowed: one line' : textFault(value, bounds),
  );
  const schema = checked(z.array(item), ({ length }) => {
    return length < minItems || length > maxItems ? `has ${length} items. Allowed: ${minItems} … ${maxItems}` : undefined;
  });
  const items = { type: 'string', ...(pattern !== undefined && { pattern }) };
  return { schema, says: { items, ...(minItems > 0 && { minItems }), maxItems } };
}

interface TextBounds {
  readonly minLength: number;
  readonly maxLength: number;
  readonly allowDash: boolean;
  readonly expression: RegExp | undefined;
}

/** JSON Schema counts characters, not halves of them. The pattern comes last: what it looks at is bounded then. */
function textFault(value: string, { minLength, maxLength, allowDash, expression }: TextBounds): string | undefined {
  const basic = plainFault(value);
  if (basic !== undefined) return basic;
  // No character is more than two halves.
  const length = value.length > 2 * maxLength ? value.length : [...value].length;
  if (length > maxLength || length < minLength) return `has ${length} characters. Allowed: ${minLength} … ${maxLength}`;
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_BYTES) return `has ${bytes} bytes. Allowed: at most ${MAX_BYTES}`;
  if (value.startsWith('-') && !allowDash) return DASH_SAYS;
  if (!expression) return undefined;
  const matched = inTime(() => expression.test(value));
  if (!matched) return 'takes too long to be matched. Allowed: a shorter text';
  return matched.value ? undefined : `does not match. Allowed: ${expression.source}`;
}

/** No bytes stand for half of a surrogate pair: what the command got would be another text than what was looked at. */
function plainFault(value: string): string | undefined {
  if (value.includes('\0')) return 'holds a NUL. Allowed: text without';
  return value.isWellFormed() ? undefined : 'holds half of a surrogate pair. Allowed: whole characters';
}

function pathFault({ root }: PathParameter): FaultOf<string> {
  return (value) => {
    const basic = plainFault(value);
    if (basic !== undefined) return basic;
    if (value === '' || value.length > MAX_LENGTH) return `has ${value.length} characters. Allowed: 1 … ${MAX_LENGTH}`;
    return value.split('/').includes('..') ? `has '..' in it. Allowed: a path below ${root} without` : undefined;
  };
}

function checked<T>(schema: z.ZodType<T>, faultOf: FaultOf<T>): z.ZodType<T> {
  return schema.superRefine((value, context) => {
    const fault = faultOf(value);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });
}
