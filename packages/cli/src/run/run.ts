import { type Command, ExecError, type ExecResult, type Execution, isExecError } from '@errand/core';
import { exitCodeOfResult, exitCodeOfSignal } from '../exit-code.ts';
import { openTarget } from '../targets.ts';
import { Termination } from '../termination.ts';
import { ownStdin } from './own-stdin.ts';
import { printJson, printLive } from './print.ts';
import { type RunFlags, toCommand, toSpawnOptions } from './run-flags.ts';

/** Bytes of each stream that are kept for the one JSON object. */
const JSON_OUTPUT_BYTES = 1_048_576;
/**
 * Bytes of live output that are kept. A reader that pauses (`| less`) holds a command back while it runs, but only for a few
 * seconds after its end; then what still was in the pipes, well under half of this, has to lie somewhere until it is read.
 */
const LIVE_OUTPUT_BYTES = 8_388_608;

/** What is left to do for this process. */
export interface RunEnd {
  readonly code: number;
  /** The signal that asked it to end. */
  readonly signal: NodeJS.Signals | undefined;
}

/** Runs one command to its end. */
export async function run(argv: readonly string[], flags: RunFlags): Promise<RunEnd> {
  const command = toCommand(argv, flags);
  const stdin = flags.stdin ? ownStdin() : undefined;
  const executor = openTarget(flags.target);
  const cancel = new AbortController();
  const execution = executor.spawn(command, {
    ...toSpawnOptions(flags),
    ...(stdin && { stdin }),
    maxOutputBytes: flags.json ? (flags.maxOutput ?? JSON_OUTPUT_BYTES) : LIVE_OUTPUT_BYTES,
    signal: cancel.signal,
  });
  const termination = new Termination({
    first: () => cancel.abort(),
    again: () => endAtOnce(execution),
  });
  try {
    const code = await print(execution, flags, termination);
    return { code, signal: termination.signal };
  } catch (fault) {
    const { signal } = termination;
    // Also a command that was kept from starting, or output that nobody took any more.
    if (signal) return { code: exitCodeOfSignal(signal), signal };
    throw withHint(fault, command);
  } finally {
    await executor.close();
    termination.stop();
  }
}

/** Who asks twice waits neither for the grace nor for whoever reads the output. */
function endAtOnce(execution: Execution): void {
  void execution.kill('SIGKILL').catch(() => {});
  execution.stdout.destroy();
  execution.stderr.destroy();
}

async function print(execution: Execution, flags: RunFlags, termination: Termination): Promise<number> {
  try {
    const printed = flags.json ? printJson(execution, termination) : printLive(execution, termination);
    return exitCode(await printed, termination);
  } catch (fault) {
    // Nothing that the command does is wanted any more.
    await execution.kill().catch(() => {});
    await execution.result.catch(() => {});
    throw fault;
  }
}

function exitCode(result: ExecResult, { signal }: Termination): number {
  return signal ? exitCodeOfSignal(signal) : exitCodeOfResult(result);
}

/** Somebody who gives a whole line as one word meant a shell to parse it. */
function withHint(fault: unknown, command: Command): unknown {
  const line = typeof command !== 'string' && command.length === 1 && /\s/.test(command[0] ?? '');
  if (!line || !isExecError(fault) || fault.code !== 'EXEC_NOT_FOUND' || fault.detail.what !== 'program') return fault;
  return new ExecError(fault.code, `${fault.message} For shell source use -c.`, { cause: fault, detail: fault.detail });
}
