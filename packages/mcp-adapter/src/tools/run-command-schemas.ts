import { z } from 'zod';
import type { TargetList } from '../targets.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { orFault } from './or-fault.ts';
import { refuseProto } from './refuse-proto.ts';
import { unknownArguments } from './unknown-arguments.ts';

/** Bytes kept of each stream when a call does not say. */
export const DEFAULT_OUTPUT_BYTES = 16_384;
const MAX_OUTPUT_BYTES = 65_536;

// Zod infers the types of arguments from this, so its return type is not written out; `isolatedDeclarations` wants it named.
/** The shape of run_command's arguments. */
export type RunCommandInput = z.ZodObject<
  {
    command: z.ZodOptional<z.ZodString>;
    argv: z.ZodOptional<z.ZodArray<z.ZodString>>;
    target: z.ZodOptional<z.ZodString>;
    cwd: z.ZodOptional<z.ZodString>;
    env: z.ZodOptional<z.ZodType<Record<string, string>>>;
    stdin: z.ZodOptional<z.ZodString>;
    merge_stderr: z.ZodOptional<z.ZodBoolean>;
    timeout_ms: z.ZodOptional<z.ZodNumber>;
    max_output_bytes: z.ZodOptional<z.ZodNumber>;
    idempotency_key: z.ZodOptional<z.ZodString>;
  },
  z.core.$strict
>;

/** run_command's arguments. */
export type RunCommandArguments = z.output<RunCommandInput>;

/** Unknown arguments are refused, so that a misspelt one is not silently without effect. */
export function runCommandInput({ defaultTimeoutMs, maxTimeoutMs }: CheckedToolOptions, targets: TargetList): RunCommandInput {
  const defaultTarget =
    targets.defaultName === undefined ? 'May be left out where there is one target.' : `Default '${targets.defaultName}'.`;
  const defaultTimeout = targets.haveTimeouts ? `the target's default_timeout_ms, else ${defaultTimeoutMs}` : `${defaultTimeoutMs}`;
  const shape = {
    command: z.string().min(1).optional().describe('Shell source for /bin/sh. Give this or argv.'),
    argv: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Program and arguments; no shell parses them, so it is right for values of unknown content.'),
    target: z.string().optional().describe(`Where to run: a name that list_targets gives. ${defaultTarget}`),
    cwd: z.string().optional().describe('Working directory on the target.'),
    env: refuseProto(z.record(z.string(), z.string())).optional().describe("Variables added to the target's environment."),
    stdin: z.string().optional().describe('Text for stdin. Without it the command reads end-of-file at once.'),
    merge_stderr: z.boolean().optional().describe('Merge stderr into stdout in the exact order of writing. Default false.'),
    timeout_ms: z
      .int()
      .min(1)
      .max(maxTimeoutMs)
      .optional()
      .describe(`Milliseconds until the command and its children are ended. Default ${defaultTimeout}; at most ${maxTimeoutMs}.`),
    max_output_bytes: z
      .int()
      .min(0)
      .max(MAX_OUTPUT_BYTES)
      .optional()
      .describe(`Bytes shown of each stream, half head, half tail. Default ${DEFAULT_OUTPUT_BYTES}, at most ${MAX_OUTPUT_BYTES}.`),
    idempotency_key: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('A key of your own for this one run: the same call sent again with it gives the same run, never a second one.'),
  };
  return z.strictObject(shape, unknownArguments(shape));
}

/** What run_command answers; a field that does not apply is absent, never null. */
export const runCommandOutput: z.ZodObject = orFault({
  execution_id: z.string(),
  target: z.string(),
  outcome: z
    .enum(['exited', 'signaled', 'timed-out', 'idle-timed-out', 'cancelled', 'out-of-memory', 'unknown'])
    .describe('How it ended. unknown: it may have run; check before running it again.'),
  ok: z.boolean().describe('Exited with 0.'),
  exit_code: z.int().min(0).optional(),
  signal: z.string().optional(),
  cause: z.string().optional(),
  reason: z.string().optional().describe('One sentence, for anything but a plain exit.'),
  ...streamFields('stdout'),
  ...streamFields('stderr'),
  duration_ms: z.number().min(0).describe('Milliseconds from running to ended.'),
  timeout_ms: z.int().min(1).describe('The timeout that applied, in milliseconds.'),
});

function streamFields(stream: string): Record<string, z.ZodType> {
  return {
    [stream]: z.string().describe('UTF-8; a cut shows as a line [… n bytes omitted …].'),
    [`${stream}_total_bytes`]: z.int().min(0).describe('Bytes that the command wrote.'),
    [`${stream}_omitted_bytes`]: z.int().min(0).describe('How many of them, from the middle, are not shown.'),
    [`${stream}_invalid_utf8`]: z.literal(true).optional().describe('Present when bytes were not UTF-8 and are shown as U+FFFD.'),
  };
}
