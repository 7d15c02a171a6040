import { z } from 'zod';
import type { TargetList } from '../targets.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { count, DEFAULT_OUTPUT_BYTES, END_FIELDS, IDEMPOTENCY_KEY, MAX_OUTPUT_BYTES, SESSION, STATE, texts } from './fields.ts';
import { orFault } from './or-fault.ts';
import { refuseProto } from './refuse-proto.ts';
import { toolInput } from './tool-input.ts';

/** For how long a call waits: many clients give up after 60 s. */
const DEFAULT_WAIT_MS = 45_000;
export const MAX_WAIT_MS = 3_600_000;
/** For how long the call that started a background job waits for it to fail. */
export const BACKGROUND_WAIT_MS = 1_000;

// Zod infers the types of arguments from this, so its return type is not written out; `isolatedDeclarations` wants it named.
/** The shape of run_command's arguments. */
export type RunCommandInput = z.ZodObject<
  {
    command: z.ZodOptional<z.ZodString>;
    argv: z.ZodOptional<z.ZodArray<z.ZodString>>;
    target: z.ZodOptional<z.ZodString>;
    cwd: z.ZodOptional<z.ZodString>;
    env: z.ZodOptional<z.ZodType<Record<string, string>>>;
    user: z.ZodOptional<z.ZodString>;
    stdin: z.ZodOptional<z.ZodString>;
    merge_stderr: z.ZodOptional<z.ZodBoolean>;
    timeout_ms: z.ZodOptional<z.ZodNumber>;
    wait_ms: z.ZodOptional<z.ZodNumber>;
    background: z.ZodOptional<z.ZodBoolean>;
    stdin_open: z.ZodOptional<z.ZodBoolean>;
    max_output_bytes: z.ZodOptional<z.ZodNumber>;
    session: z.ZodOptional<z.ZodString>;
    idempotency_key: z.ZodOptional<z.ZodString>;
  },
  z.core.$strict
>;

/** run_command's arguments. */
export type RunCommandArguments = z.output<RunCommandInput>;

/** Where nobody could read a job it is waited for. */
export function defaultWaitOf({ include }: Pick<CheckedToolOptions, 'include'>): number {
  return include.has('read_output') ? DEFAULT_WAIT_MS : MAX_WAIT_MS;
}

/** Unknown arguments are refused, so that a misspelt one is not silently without effect. */
export function runCommandInput(options: CheckedToolOptions, targets: TargetList): RunCommandInput {
  const { defaultTimeoutMs, maxTimeoutMs } = options;
  const defaultTarget =
    targets.defaultName === undefined ? 'May be left out where there is one target.' : `Default '${targets.defaultName}'.`;
  const defaultTimeout = targets.haveTimeouts ? `the target's default_timeout_ms, else ${defaultTimeoutMs}` : `${defaultTimeoutMs}`;
  const shape = {
    command: z.string().min(1).optional().describe('Shell source for /bin/sh. Give this or argv.'),
    argv: z.array(z.string()).min(1).optional().describe('Program and arguments, which no shell parses: for values of unknown content.'),
    target: z.string().optional().describe(`Where to run: a name that list_targets gives. ${defaultTarget}`),
    cwd: z.string().optional().describe('Working directory.'),
    env: refuseProto(texts()).optional().describe("Variables added to the target's environment."),
    user: z.string().min(1).optional().describe('Account to run as, where list_targets says that a target allows it.'),
    stdin: z.string().optional().describe('Text; without it stdin is at its end.'),
    merge_stderr: z.boolean().optional().describe('stderr into stdout, in exact order.'),
    timeout_ms: z
      .int()
      .min(1)
      .max(maxTimeoutMs)
      .optional()
      .describe(`Milliseconds until it is ended with its children. Default ${defaultTimeout}, with background ${maxTimeoutMs}.`),
    wait_ms: z
      .int()
      .min(0)
      .max(MAX_WAIT_MS)
      .optional()
      .describe(`Milliseconds to wait for its end. Default ${defaultWaitOf(options)}, with background ${BACKGROUND_WAIT_MS}.`),
    background: z.boolean().optional().describe('As a job that outlives this server, such as a dev server.'),
    stdin_open: z.boolean().optional().describe('For write_stdin.'),
    max_output_bytes: z
      .int()
      .min(0)
      .max(MAX_OUTPUT_BYTES)
      .optional()
      .describe(`Bytes shown of each stream, half head, half tail. Default ${DEFAULT_OUTPUT_BYTES}.`),
    session: SESSION.optional().describe(
      'Name of your own for a shell, begun at first use, that keeps directory, variables and & jobs. Takes command alone.',
    ),
    idempotency_key: IDEMPOTENCY_KEY,
  };
  const { user: _, ...others } = shape;
  if (targets.all.some(({ allowUser = false }) => allowUser !== false)) return toolInput(shape);
  // Without the argument none of its values has it, and it is optional.
  return toolInput(others) as unknown as RunCommandInput;
}

/** What run_command answers; a field that does not apply is absent, never null. */
export const runCommandOutput: z.ZodObject = orFault({
  execution_id: z.string().describe('Its id.'),
  job_id: z.string().optional().describe('The same, where job tools find it.'),
  target: z.string().describe('Where it ran.'),
  session: z.string().optional().describe('Its session.'),
  session_state: z.string().optional().describe('new, kept, or closed: its state is gone.'),
  state: STATE,
  waiting_for_input: z.boolean().optional().describe('It reads stdin.'),
  ok: z.boolean().optional().describe('Exited with 0.'),
  ...END_FIELDS,
  cause: z.string().optional().describe('What lay behind the outcome.'),
  stdout: z.string().describe('UTF-8, faults as U+FFFD, controls as pictures (␛); a cut is a line [… n bytes omitted …].'),
  stdout_total_bytes: count('Written; read_output goes on there.'),
  stdout_omitted_bytes: count('Not shown.'),
  stderr: z.string().describe('As stdout, as are stderr_total_bytes and stderr_omitted_bytes.'),
  duration_ms: z.number().describe('How long it ran, or runs.'),
  timeout_ms: count('The timeout that applied.'),
});
