import { type ExecResult, isExecError, type ProcessRun, runProcess } from '@errand/core/process';
import type { Ended, Ending } from '../protocol/frame.ts';
import { MAX_OUTPUT_BYTES } from '../protocol/limits.ts';
import type { CommandEvent } from '../protocol/request.ts';
import { type Deadline, deadlineOf } from './deadline.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { HandlerSettings } from './handler-options.ts';
import { childrenCpuMs, oomKills } from './kernel-facts.ts';
import type { KnownExecution } from './known.ts';
import { Pace } from './pace.ts';
import { refusal, refused } from './refusal.ts';
import type { Sandbox } from './sandbox.ts';
import { watchCancel } from './watch-cancel.ts';

/** Of each stream, for who sends the same execution again: twice as much is kept as head and tail. */
const KEPT_BYTES = 131_072;
const TOO_MUCH = `it printed more than ${MAX_OUTPUT_BYTES} bytes, which is what one response carries`;

/** What a command runs with. */
export interface CommandParts {
  readonly event: CommandEvent;
  readonly settings: HandlerSettings;
  readonly sandbox: Sandbox;
  readonly writer: FrameWriter;
  /** What the function's own timeout leaves, now. */
  readonly leftMs: () => number;
  readonly abandoned: AbortSignal;
}

/** What is to be remembered, and said last. */
type Answer = NonNullable<KnownExecution['answer']>;

/** Runs one command and writes all of its frames but the last one. `gone` resolves when what it left had its time to end. */
export async function runCommand(parts: CommandParts): Promise<{ readonly answer: Answer; readonly gone?: Promise<unknown> }> {
  const { event, settings, leftMs, writer } = parts;
  let input: Uint8Array | undefined;
  try {
    input = await stdinOf(event, settings);
  } catch (fault) {
    return answered(
      refused('EXEC_UNAVAILABLE', `The function could not load stdin: ${isExecError(fault) ? fault.message : String(fault)}.`),
    );
  }
  // Behind what loading took of it.
  const deadline = deadlineOf(event, leftMs(), settings.marginMs);
  if (!deadline) return answered(refused('EXEC_UNAVAILABLE', 'The function has no time left for a command: raise its timeout.'));
  const before = { oomKills: oomKills(), cpuMs: childrenCpuMs() };
  const run = runProcess(toSpec(parts, deadline, input));
  try {
    await run.started;
  } catch (fault) {
    return answered(refusal(fault));
  }
  await writer.write({ type: 'started' });
  const { result, isTooMuch } = await follow(run, parts);
  if (run.mayHaveLeft) parts.sandbox.mayBeLeft = true;
  // Of several commands at once nobody could tell whose it was.
  if (!parts.sandbox.isShared) await writer.write({ type: 'usage', cpuMs: Math.max(0, childrenCpuMs() - before.cpuMs) });
  const isOutOfMemory = result.outcome === 'signaled' && result.signal === 'SIGKILL' && oomKills() > before.oomKills;
  const answer = {
    ending: { ...endedOf(result, deadline), ...(isOutOfMemory && OUT_OF_MEMORY), ...(isTooMuch && tooMuch(result)) },
    stdout: result.stdout.head,
    stderr: result.stderr.head,
  };
  return { answer, gone: run.gone };
}

const OUT_OF_MEMORY = { outcome: 'out-of-memory', reason: 'the kernel of its sandbox ended it for want of memory' } as const;

async function follow(
  run: ProcessRun,
  { event, settings, writer, abandoned }: CommandParts,
): Promise<{ result: ExecResult; isTooMuch: boolean }> {
  const stop = (): void => run.cancel('nobody takes its output any more');
  abandoned.addEventListener('abort', stop, { once: true });
  if (abandoned.aborted) stop();
  const beat = setInterval(() => writer.beat(), settings.heartbeatMs);
  const watch = watchCancel(event.executionId, settings, () => run.cancel('its caller cancelled it'));
  let isTooMuch = false;
  try {
    let bytes = 0;
    const pace = new Pace();
    for await (const { stream, data } of run.output) {
      await pace.keep(data.length);
      const room = Math.max(0, MAX_OUTPUT_BYTES - bytes);
      bytes += data.length;
      if (room > 0) await writer.write({ type: stream, data: data.subarray(0, room) });
      if (data.length <= room || isTooMuch) continue;
      isTooMuch = true;
      run.cancel(TOO_MUCH);
    }
    return { result: await run.result, isTooMuch };
  } finally {
    clearInterval(beat);
    watch.stop();
    abandoned.removeEventListener('abort', stop);
  }
}

function toSpec(
  { event, settings, sandbox }: CommandParts,
  { timeoutMs, killGraceMs }: Deadline,
  input: Uint8Array | undefined,
): Parameters<typeof runProcess>[0] {
  const { executionId, command, cwd, env, shell, limits, mergeStderr, idleTimeoutMs, killSignal } = event;
  return {
    id: executionId,
    marker: sandbox.marker,
    command,
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? undefined])),
    shell,
    limits,
    mergeStderr,
    timeoutMs,
    killSignal,
    killGraceMs,
    maxOutputBytes: KEPT_BYTES,
    ...(cwd !== undefined && { cwd }),
    ...(input && { input }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    ...(settings.environment !== undefined && { environment: settings.environment }),
  };
}

async function stdinOf({ stdin, stdinReference }: CommandEvent, { loadStdin }: HandlerSettings): Promise<Uint8Array | undefined> {
  if (stdin !== undefined) return Buffer.from(stdin, 'base64');
  if (stdinReference === undefined) return undefined;
  if (!loadStdin) throw new Error('its handler has no loadStdin');
  return loadStdin(stdinReference);
}

function endedOf({ outcome, exitCode, signal, cause, reason, stdout, stderr }: ExecResult, deadline: Deadline): Ended {
  const isCut = outcome === 'timed-out' && deadline.isTheFunctions;
  const why = isCut ? `the function's own timeout left it ${deadline.timeoutMs} ms` : reason;
  const omitted = { stdout: stdout.totalBytes - stdout.head.length, stderr: stderr.totalBytes - stderr.head.length };
  return {
    outcome,
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(cause !== undefined && { cause }),
    ...(why !== undefined && { reason: why }),
    ...((omitted.stdout > 0 || omitted.stderr > 0) && { omitted }),
  };
}

function tooMuch({ signal = 'SIGTERM' }: ExecResult): Partial<Ended> {
  return { outcome: 'signaled', signal, cause: 'limit', reason: TOO_MUCH };
}

function answered(ending: Ending): { readonly answer: Answer } {
  return { answer: { ending, stdout: new Uint8Array(0), stderr: new Uint8Array(0) } };
}
