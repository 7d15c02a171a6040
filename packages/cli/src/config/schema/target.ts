import * as z from 'zod';
import { commandDefaults, labels } from './command-defaults.ts';
import { KINDS, type Kind } from './kinds.ts';
import { duration, flag, integer, oneOf, size, text } from './leaves.ts';
import { list, mapping, oneByKey, options, type Shape, toApi } from './mapping.ts';
import { queue } from './queue.ts';

/** Whether any may be named, or which. */
function allOrSome(what: string): z.ZodType<boolean | readonly string[], unknown> {
  return z.union([flag(), list(text({ max: 256 }))], { error: `is not allowed. Allowed: true, false, or a list of ${what}.` });
}

/** What Errand does with a target, whatever its kind. */
const own = {
  description: text({ max: 1_024 }),
  labels,
  queue,
  mcp: mapping({
    expose: oneOf('commands', 'tools', 'none'),
    files: oneOf('none', 'read', 'write'),
    maxJobOutput: size({ min: 65_536 }),
    maxTimeout: duration(),
    maxJobs: integer(1, 100_000),
    allowUser: allOrSome('accounts'),
    allowEnv: allOrSome('variables'),
    background: flag(),
  }),
} as const;

/** What the executor of any kind takes. */
const common = {
  defaults: options(commandDefaults),
  shells: options({ max: integer(1, 1_024), idle: duration(), warm: integer(0, 1_024) }),
  lifeline: duration(11_000),
  idempotencyTtl: duration(),
} as const;

type Own = { readonly [K in keyof typeof own]?: z.output<(typeof own)[K]> | undefined };

/** One entry below `targets`. */
export interface TargetEntry extends Own {
  readonly kind: Kind;
  /** What its executor takes, under the API's names. */
  readonly options: Readonly<Record<string, unknown>>;
}

function targetOf(kind: Kind): z.ZodType<TargetEntry, unknown> {
  const shape: Shape = { ...common, ...KINDS[kind] };
  return mapping({ ...own, ...shape }, { kind: z.literal(kind) }).transform(({ description, labels, queue, mcp, ...values }) => ({
    kind,
    description,
    labels,
    queue,
    mcp,
    options: toApi(shape, values),
  }));
}

/** One target, or several hosts with all in common. */
export const target: z.ZodType<TargetEntry, unknown> = oneByKey('kind', Object.keys(KINDS), (kind) => targetOf(kind as Kind));
