import { withPrefix } from '../prefixed.ts';
import { type ShownOutput, type ShownSource, showOutput } from '../shown-output.ts';
import type { ToolResult } from '../tool.ts';
import { type EndLike, endFields, endText, reasonOf } from './job-fields.ts';
import { waitingFields, waitingLines } from './waiting-for-input.ts';

/** A command that has ended, or runs on as a job. */
export interface RunView {
  readonly executionId: string;
  readonly target: string;
  /** Whether the job tools find it. */
  readonly isJob: boolean;
  readonly state: 'queued' | 'starting' | 'running' | 'ended';
  /** It certainly waits for input. */
  readonly waitsForInput?: boolean;
  /** Once it has ended. */
  readonly end?: EndLike & { readonly runMs: number };
  /** Milliseconds since it was submitted. */
  readonly ageMs: number;
  readonly stdout: ShownSource;
  readonly stderr: ShownSource;
}

/** The session in which it runs, or ran. */
export interface SessionView {
  readonly name: string;
  /** Whether the call began it. */
  readonly isNew: boolean;
  /** Once it is over. */
  readonly whyClosed?: string | undefined;
}

/** What of the call matters to how its result is shown. */
export interface ShowOptions {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly mergeStderr: boolean;
  /** Before the names of tools. */
  readonly prefix: string;
  readonly session?: SessionView;
}

/** A result for programs and, saying the same, for a model. A failing command is a result, not an error. */
export function toRunCommandResult(view: RunView, options: ShowOptions): ToolResult {
  const stdout = showOutput(view.stdout, options.maxOutputBytes);
  const stderr = showOutput(view.stderr, options.maxOutputBytes);
  const { end, executionId, isJob } = view;
  const structuredContent = {
    execution_id: executionId,
    ...(isJob && { job_id: executionId }),
    target: view.target,
    ...sessionFields(options.session),
    state: view.state,
    ...waitingFields(view.waitsForInput),
    ...(end && { ok: end.ok }),
    ...endFields(end),
    ...(end?.cause !== undefined && { cause: end.cause }),
    ...streamFields('stdout', stdout),
    ...streamFields('stderr', stderr),
    duration_ms: Math.round(end?.runMs ?? view.ageMs),
    timeout_ms: options.timeoutMs,
  };
  return { content: [{ type: 'text', text: toText(view, stdout, stderr, options) }], structuredContent };
}

function streamFields(stream: 'stdout' | 'stderr', shown: ShownOutput): Record<string, unknown> {
  return {
    [stream]: shown.text,
    [`${stream}_total_bytes`]: shown.totalBytes,
    [`${stream}_omitted_bytes`]: shown.omittedBytes,
    ...(shown.invalidUtf8 && { [`${stream}_invalid_utf8`]: true }),
  };
}

function toText(view: RunView, stdout: ShownOutput, stderr: ShownOutput, options: ShowOptions): string {
  const { end, executionId, target } = view;
  const reason = end && reasonOf(end);
  const how = end
    ? `${endText(end)}; ran ${Math.round(end.runMs)} ms with a timeout of ${options.timeoutMs} ms`
    : `state: ${view.state}, ${Math.round(view.ageMs)} ms since the call; its timeout is ${options.timeoutMs} ms`;
  const lines = [
    how,
    `target: ${target}; execution: ${executionId}`,
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    ...(options.session ? [sessionLine(options.session, view)] : []),
    ...waitingLines(view.waitsForInput, options.prefix),
    ...(view.isJob ? [withPrefix(jobLine(view, stdout, stderr), options.prefix)] : []),
    section(options.mergeStderr ? 'stdout and stderr' : 'stdout', stdout),
    // A duplicate of an idempotent call gets what the first one asked for, which may be apart.
    ...(options.mergeStderr && stderr.totalBytes === 0 ? [] : [section('stderr', stderr)]),
  ];
  return lines.join('\n');
}

function sessionFields(session: SessionView | undefined): Record<string, unknown> {
  if (!session) return {};
  const { name, isNew, whyClosed } = session;
  if (whyClosed !== undefined) return { session: name, session_state: 'closed', session_reason: whyClosed };
  return { session: name, session_state: isNew ? 'new' : 'kept' };
}

function sessionLine({ name, isNew, whyClosed }: SessionView, { end }: RunView): string {
  if (whyClosed !== undefined)
    return `session: ${name} was closed: ${whyClosed}. Its directory, variables and background jobs are gone; the next call with its name begins a new one`;
  const state = isNew ? `${name}, begun by this call` : `${name}, with the state of the calls before`;
  // So ends what was ended: the session's shell is then the one from before the command.
  return end && end.outcome !== 'exited' ? `session: ${state}; of this command it keeps nothing` : `session: ${state}`;
}

function jobLine({ executionId, end }: RunView, stdout: ShownOutput, stderr: ShownOutput): string {
  if (end) return `job_id: ${executionId} (read_output gives what is not shown)`;
  const cursors = `stdout from offset ${stdout.totalBytes}, stderr from offset ${stderr.totalBytes}`;
  return `job_id: ${executionId}; it runs on: read_output with wait_ms gives what comes next (${cursors}), signal_job ends it`;
}

function section(name: string, { text, totalBytes, omittedBytes, invalidUtf8, hadControls }: ShownOutput): string {
  if (totalBytes === 0) return `${name}: empty`;
  const notes = [
    `${totalBytes} bytes`,
    ...(omittedBytes > 0 ? [`${omittedBytes} omitted`] : []),
    ...(invalidUtf8 ? ['not UTF-8: faults are shown as U+FFFD'] : []),
    ...(hadControls ? ['control characters are shown as pictures'] : []),
  ];
  return `${name} (${notes.join(', ')}):\n${text.endsWith('\n') ? text.slice(0, -1) : text}`;
}
