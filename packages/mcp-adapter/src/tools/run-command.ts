import type { Command, SpawnOptions } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import type { Call } from '../call.ts';
import { toErrorResult } from '../error-result.ts';
import type { FoundJob } from '../jobs/found-job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { LiveJob } from '../jobs/live-job.ts';
import { keyOf, type Owner, ownerOf } from '../jobs/owner.ts';
import { RunningHere } from '../jobs/running-here.ts';
import type { Submission } from '../jobs/submission.ts';
import { linked, until, within } from '../jobs/until.ts';
import { startProgress } from '../progress.ts';
import type { NamedSession } from '../sessions/named-session.ts';
import { ownTimeout, type Target, type TargetList } from '../targets.ts';
import type { Tool, ToolResult } from '../tool.ts';
import type { CheckedToolOptions } from '../tool-options.ts';
import { AppliedTimeouts } from './applied-timeouts.ts';
import { DEFAULT_OUTPUT_BYTES } from './fields.ts';
import { refuseInSession, whereItBegins } from './in-session.ts';
import { type ShowOptions, toRunCommandResult } from './run-command-result.ts';
import { BACKGROUND_WAIT_MS, defaultWaitOf, type RunCommandArguments, runCommandInput, runCommandOutput } from './run-command-schemas.ts';
import { viewOfJob, viewOfResult } from './run-view.ts';

const DESCRIPTION = `Runs a command and returns how it ended with its stdout and stderr. What runs longer than \`wait_ms\` runs on as a job.
There is no terminal and, without \`stdin\`, no input: use flags that do not ask.
Each call starts afresh unless \`session\` keeps directory and variables. A non-zero exit code is a result, not an error.
What it leaves running (\`npm run dev &\`) is ended when it exits: use \`background: true\` instead. Long output is cut in the middle: read_output gives the rest.`;

/** Who does not wait for a command waits for its session all the same: where it cannot be opened nothing starts. */
const OPEN_WAIT_MS = 10_000;

/** What every way of running one call needs to know of it. */
interface Asked {
  readonly args: RunCommandArguments;
  readonly call: Call;
  readonly submission: Submission;
  readonly show: ShowOptions;
}

/** A call that waits for its command. */
interface Waiting {
  readonly job: LiveJob;
  readonly args: RunCommandArguments;
  readonly call: Call;
  readonly session: NamedSession | undefined;
}

/** The tool that runs commands. */
export function runCommandTool(targets: TargetList, jobs: Jobs, options: CheckedToolOptions): Tool {
  const inputSchema = runCommandInput(options, targets);
  const applied = new AppliedTimeouts();
  const defaultWait = defaultWaitOf(options);

  async function run(args: RunCommandArguments, call: Call): Promise<ToolResult> {
    const target = targets.resolve(args.target);
    const command = toCommand(args);
    const owner = ownerOf(options.tenant, call);
    const { timeout_ms: timeoutMs = defaultTimeout(target, options, args), max_output_bytes: maxOutputBytes = DEFAULT_OUTPUT_BYTES } = args;
    const submission = {
      owner,
      target,
      command,
      options: { ...toSpawnOptions(args, owner), timeoutMs, maxOutputBytes },
      ...(args.stdin_open === true && args.stdin !== undefined && { firstInput: args.stdin }),
    };
    const asked = { args, call, submission, show: { timeoutMs, maxOutputBytes, mergeStderr: args.merge_stderr ?? false } };
    if (args.session !== undefined) return await runInSession(asked, args.session);
    return await (args.background === true ? runInBackground(asked) : runHere(asked, args.wait_ms ?? defaultWait));
  }

  async function runInSession(asked: Asked, name: string): Promise<ToolResult> {
    const { args, call, submission, show } = asked;
    const { owner, target } = submission;
    refuseInSession(args);
    const begin = performance.now();
    const { wait_ms: waitMs = defaultWait } = args;
    const session = await within(Math.max(waitMs, OPEN_WAIT_MS), [...cancelSignals(args, call), jobs.closing], (patience) =>
      jobs.sessions.use(owner, target, name, whereItBegins(args), patience),
    );
    const isNew = session.isFresh;
    const left = Math.max(0, waitMs - (performance.now() - begin));
    try {
      const inIt = { ...asked, submission: { ...submission, session }, show: { ...show, session: { name, isNew } } };
      return await runHere(inIt, left);
    } catch (fault) {
      throw await jobs.sessions.lostUnder(session, fault);
    }
  }

  async function runInBackground({ args, call, submission, show }: Asked): Promise<ToolResult> {
    const begin = performance.now();
    const { wait_ms: waitMs = defaultWait } = args;
    return await linked(cancelSignals(args, call), async (cancelled) => {
      const job = await within(waitMs, [jobs.closing], (patience) => jobs.startInBackground(submission, cancelled, patience));
      const left = Math.max(0, waitMs - (performance.now() - begin));
      // What fails at once is told at once.
      await within(args.wait_ms === undefined ? BACKGROUND_WAIT_MS : left, [cancelled, jobs.closing], (over) => job.waitEnd(over));
      if (cancelled.aborted) await job.kill(undefined);
      return await replyTo(job, show);
    });
  }

  async function runHere({ args, call, submission, show: given }: Asked, waitMs: number): Promise<ToolResult> {
    const { session } = submission;
    const job = await jobs.start(submission);
    if (!(job instanceof LiveJob)) return await replyTo(job, given);
    const timeoutMs = args.idempotency_key === undefined ? given.timeoutMs : applied.of(job.record.id, job.record.timeoutMs);
    job.hold(given.maxOutputBytes);
    const stopProgress = startProgress(call, () => ({
      state: job.execution.state,
      stdout: job.streams.stdout.totalBytes,
      stderr: job.streams.stderr.totalBytes,
    }));
    try {
      await within(waitMs, [], (over) => untilEndOrCancel({ job, args, call, session }, over));
      const result = job.hasEnded ? await job.ended : undefined;
      const show = { ...given, timeoutMs, ...(session && { session: await jobs.sessions.tell(session, given.session) }) };
      return result ? toRunCommandResult(viewOfResult(result, job), show) : await replyTo(new RunningHere(job), show);
    } finally {
      stopProgress();
    }
  }

  return {
    name: 'run_command',
    title: 'Run a command',
    description: DESCRIPTION,
    inputSchema,
    outputSchema: runCommandOutput,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    run: async (args, call) => {
      const parsed = inputSchema.parse(args);
      const renamed = { detached: 'background', ...(parsed.argv !== undefined && { command: 'argv' }) };
      return await run(parsed, call).catch((error: unknown) => toErrorResult(error, renamed));
    },
  };
}

async function replyTo(job: FoundJob, show: ShowOptions): Promise<ToolResult> {
  return toRunCommandResult(await viewOfJob(job, show.maxOutputBytes), { ...show, timeoutMs: job.record.timeoutMs });
}

/**
 * Waits for its end, or until the wait is over: then it is a job that goes on. A cancel ends it with all that it started, which is
 * waited for; others that sent the same call keep it.
 */
async function untilEndOrCancel({ job, args, call, session }: Waiting, over: AbortSignal): Promise<void> {
  const ended = job.ended.catch(() => {});
  let isCancelled = false;
  const onCancel = (): void => {
    if (isCancelled) return;
    isCancelled = true;
    job.release(cancels.find(({ aborted }) => aborted)?.reason);
  };
  const cancels = cancelSignals(args, call);
  for (const cancel of cancels) cancel.addEventListener('abort', onCancel, { once: true });
  try {
    if (cancels.some(({ aborted }) => aborted)) onCancel();
    // Nobody reads the answer to a response that was closed.
    await Promise.race([until(ended, over), ...(cancels.length === 0 ? [until(ended, call.signal)] : [])]);
    if (job.isStopping || (!isCancelled && session?.takeBack(job))) await until(ended, never);
    else if (!isCancelled && !job.hasEnded) await job.keep();
  } finally {
    for (const cancel of cancels) cancel.removeEventListener('abort', onCancel);
  }
}

const never: AbortSignal = new AbortController().signal;

/** Under a key, a closed response may be a broken connection whose client will ask again: the command goes on for it. */
function cancelSignals(args: RunCommandArguments, { abortIsAmbiguous, signal, connection }: Call): readonly AbortSignal[] {
  if (abortIsAmbiguous && args.idempotency_key !== undefined) return [];
  return connection === undefined ? [signal] : [signal, connection];
}

function toCommand({ command, argv }: RunCommandArguments): Command {
  if (command !== undefined && argv === undefined) return command;
  if (argv !== undefined && command === undefined) return argv;
  const wrong = command === undefined ? 'neither was given' : 'both were given';
  throw invalidOption('command, argv', wrong, 'command (shell source), or argv (program and arguments)');
}

function toSpawnOptions(args: RunCommandArguments, owner: Owner): SpawnOptions {
  if (args.stdin_open === true && args.background === true)
    throw invalidOption('stdin_open', 'a background job has no open stdin', 'stdin with background, or stdin_open without');
  return {
    ...(args.cwd !== undefined && { cwd: args.cwd }),
    ...(args.env !== undefined && { env: args.env }),
    ...(args.stdin_open === true ? { stdin: 'pipe' } : stdinOf(args)),
    ...(args.merge_stderr === true && { stderr: 'stdout' }),
    ...(args.idempotency_key !== undefined && { idempotencyKey: keyOf(args.idempotency_key, owner) }),
    ...(owner.tenant !== undefined && { tenant: owner.tenant }),
  };
}

/** As bytes: to `spawn` the text 'pipe' asks for a pipe. */
function stdinOf({ stdin }: RunCommandArguments): SpawnOptions {
  return stdin === undefined ? {} : { stdin: Buffer.from(stdin) };
}

/** What is to run in the background is not to end after minutes. */
function defaultTimeout(
  target: Target,
  { defaultTimeoutMs, maxTimeoutMs }: CheckedToolOptions,
  { background }: RunCommandArguments,
): number {
  const { maxTimeoutMs: most } = target.executor.supports;
  if (background === true) return Math.min(maxTimeoutMs, most);
  return ownTimeout(target) ?? Math.min(defaultTimeoutMs, most);
}
