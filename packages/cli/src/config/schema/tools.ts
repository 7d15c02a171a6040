import * as z from 'zod';
import { commandDefaults, env, labels } from './command-defaults.ts';
import { isA, leaf, Refusal } from './leaf.ts';
import { anyText, decimal, duration, flag, integer, size, text } from './leaves.ts';
import { list, mapping, named, oneByKey, type Shape, toApi } from './mapping.ts';

/** What a parameter's value may be; a list's items are text. */
const PARAMETERS = {
  string: {
    default: anyText(),
    pattern: regularExpression(),
    minLength: integer(0, 65_536),
    maxLength: integer(1, 65_536),
    allowDash: flag(),
  },
  integer: { default: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), minimum: decimal(), maximum: decimal() },
  number: { default: decimal(), minimum: decimal(), maximum: decimal() },
  boolean: { default: flag() },
  enum: { default: anyText(), values: list(text({ max: 256 })) },
  path: { default: anyText(), root: text({ max: 4_096, pattern: /^\//, allowed: 'an absolute path' }) },
  list: {
    default: list(anyText()),
    pattern: regularExpression(),
    minItems: integer(0, 10_000),
    maxItems: integer(1, 10_000),
    allowDash: flag(),
  },
} as const satisfies Readonly<Record<string, Shape>>;

/** Which of them a parameter cannot do without. */
const NEEDED: Readonly<Record<string, readonly string[]>> = { enum: ['values'], path: ['root'] };

export type ParameterType = keyof typeof PARAMETERS;

/** A parameter of a tool. */
export interface Parameter {
  readonly type: ParameterType;
  readonly description?: string | undefined;
  readonly optional?: boolean | undefined;
  readonly [key: string]: unknown;
}

const parameter = oneByKey('type', Object.keys(PARAMETERS), (type) => parameterOf(type as ParameterType));

function parameterOf(type: ParameterType): z.ZodType<Parameter, unknown> {
  const shape: Record<string, z.ZodType> = { ...PARAMETERS[type] };
  const needed = Object.fromEntries((NEEDED[type] ?? []).map((key) => [key, shape[key] ?? z.never()]));
  for (const key of Object.keys(needed)) delete shape[key];
  const schema = mapping({ description: text({ max: 1_024 }), optional: flag(), ...shape }, { type: z.literal(type), ...needed });
  return schema.transform(({ description, optional, ...rest }): Parameter => ({ ...rest, type, description, optional }));
}

const argv = list(anyText());
const script = text({ max: 262_144 });

const step = mapping({
  name: text({ max: 64, pattern: /^[\w .-]+$/, allowed: "1 to 64 letters, digits, ' ', '_', '-' and '.'" }),
  argv,
  script,
});

/** What an output may say beside its `type`. */
const OUTPUTS = {
  text: {},
  json: {},
  file: {
    mimeType: text({ max: 128, pattern: /^[a-z]+\/[\w.+-]+$/, allowed: 'such as image/png' }),
    max: size({ min: 1, max: 8_388_608 }),
  },
} as const;
const schema = z.record(z.string(), z.unknown(), {
  error: ({ input }) => `${input === undefined ? 'is missing' : isA(input)}. Allowed: a JSON Schema.`,
});
const OUTPUTS_NEED = { text: {}, json: { schema }, file: { path: text({ max: 4_096 }) } } as const;

/** How a tool's output is given. */
export interface OutputEntry {
  readonly type: keyof typeof OUTPUTS;
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
  readonly path?: string | undefined;
  readonly mimeType?: string | undefined;
  readonly max?: number | undefined;
}

const output = oneByKey('type', Object.keys(OUTPUTS), (word): z.ZodType<OutputEntry, unknown> => {
  const type = word as keyof typeof OUTPUTS;
  return mapping(OUTPUTS[type], { type: z.literal(type), ...OUTPUTS_NEED[type] }) as z.ZodType<OutputEntry, unknown>;
});

const own = {
  description: text({ max: 4_096 }),
  targets: z.union([list(text({ max: 64 })), labels], { error: 'is not allowed. Allowed: a list of targets, or a mapping of labels.' }),
  argv,
  script,
  steps: list(step).max(32, { error: 'is too long. Allowed: at most 32.' }),
  session: text({ max: 64, pattern: /^[\w.:-]+$/, allowed: "1 to 64 letters, digits, '_', '.', ':' and '-'" }),
  when: mapping({ labels, healthy: flag() }),
  output,
  parameters: named(
    /^(?!(?:execution|target|idempotency_key)$)[a-z][a-z0-9_]{0,63}$/,
    "1 to 64 lower-case letters, digits and '_', the first a letter; not execution, target, idempotency_key",
    parameter,
  ),
  readOnly: flag(),
} as const;

const ofCommand = { cwd: commandDefaults.cwd, env, timeout: duration(), limits: commandDefaults.limits } as const;

type Own = { readonly [K in keyof typeof own]?: z.output<(typeof own)[K]> | undefined };

/** A command that is offered as a tool of its own. */
export interface ToolEntry extends Own {
  readonly options: Readonly<Record<string, unknown>>;
}

/** A tool by itself: whether its parts fit together is checked beside. */
export const tool: z.ZodType<ToolEntry, unknown> = mapping({ ...own, ...ofCommand }).transform((values) => {
  const given = Object.entries(values).filter(([key]) => key in own);
  return { ...(Object.fromEntries(given) as Own), options: toApi(ofCommand, values) };
});

function regularExpression() {
  return leaf(
    (value) => {
      if (typeof value !== 'string') return new Refusal(`${isA(value)}. Allowed: a regular expression of JavaScript.`);
      try {
        return new RegExp(value, 'u').source;
      } catch {
        return new Refusal('is no regular expression. Allowed: one of JavaScript, with its flag u.');
      }
    },
    { type: 'string', format: 'regex' },
    '',
  );
}
