import type { ExecResult, Execution } from '@errand/core';
import { exitCodeOfResult, exitCodeOfSignal } from '../exit-code.ts';
import { LIVE_OUTPUT_BYTES } from '../output/live-output-bytes.ts';
import { openTarget } from '../targets.ts';
import { Termination } from '../termination.ts';
import { detach } from './detach.ts';
import { checkDetachFlags } from './detach-flags.ts';
import { ownStdin } from './own-stdin.ts';
import { printJson, printLive } from './print.ts';
import type { RunEnd } from './run-end.ts';
import { type RunFlags, toCommand, toSpawnOptions } from './run-flags.ts';
import { withHint } from './with-hint.ts';

/** Bytes of each stream that are kept for the one JSON object. */
const JSON_OUTPUT_BYTES = 1_048_576;

/** Runs one command to its end, or, with `--detach`, to its start. */
export async function run(argv: readonly string[], flags: RunFlags): Promise<RunEnd> {
  const command = toCommand(argv, flags);
  checkDetachFlags(flags);
  if (flags.detach) return detach(command, flags);
  const stdin = flags.stdin ? ownStdin() : undefined;
  const executor = await openTarget(flags);
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
