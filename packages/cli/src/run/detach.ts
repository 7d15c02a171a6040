import type { Command, Execution } from '@errand/core';
import { exitCodeOfResult, exitCodeOfSignal } from '../exit-code.ts';
import { printText } from '../output/print-text.ts';
import { openTarget } from '../targets.ts';
import { Termination } from '../termination.ts';
import { toDetachedOptions } from './detach-flags.ts';
import type { RunEnd } from './run-end.ts';
import type { RunFlags } from './run-flags.ts';
import { whenRunning } from './when-running.ts';
import { wholeStdin } from './whole-stdin.ts';
import { withHint } from './with-hint.ts';

/** Starts a command that goes on without this process, and prints its id once it certainly runs. Otherwise nothing is left running. */
export async function detach(command: Command, flags: RunFlags): Promise<RunEnd> {
  const giveUp = new AbortController();
  // A start that is given up may be on its way already, and nobody would know. So it is waited for, and ended when it runs.
  const termination = new Termination({ first: () => {}, again: () => giveUp.abort() });
  try {
    const stdin = flags.stdin ? await Promise.race([wholeStdin(), termination.asked]) : undefined;
    if (termination.signal) return endOf(termination.signal);
    const executor = await openTarget(flags);
    try {
      const options = { ...toDetachedOptions(flags), ...(stdin && { stdin }), signal: giveUp.signal };
      const code = await submit(executor.spawn(command, options), flags, termination);
      return termination.signal ? endOf(termination.signal) : { code, signal: undefined };
    } finally {
      await executor.close();
    }
  } catch (fault) {
    if (termination.signal) return endOf(termination.signal);
    throw withHint(fault, command);
  } finally {
    termination.stop();
  }
}

function endOf(signal: NodeJS.Signals): RunEnd {
  return { code: exitCodeOfSignal(signal), signal };
}

async function submit(execution: Execution, { json }: RunFlags, termination: Termination): Promise<number> {
  const { id } = execution;
  const result = await whenRunning(execution);
  if (result) {
    console.error(`errand: ${result.reason}; if so, errand attach ${id} finds it`);
    return exitCodeOfResult(result);
  }
  try {
    if (!termination.signal) await printText(`${json ? JSON.stringify({ executionId: id }) : id}\n`);
  } catch (fault) {
    await end(execution);
    throw fault;
  }
  if (termination.signal) await end(execution);
  return 0;
}

/** Nobody has its id. */
async function end(execution: Execution): Promise<void> {
  await execution.kill().catch(() => {});
  await execution.result.catch(() => {});
}
