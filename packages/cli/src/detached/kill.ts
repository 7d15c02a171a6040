import type { ExecResult, Executor, Signal } from '@errand/core';
import { exitCodeOfResult } from '../exit-code.ts';
import { printText } from '../output/print-text.ts';
import { openTarget, type TargetFlags } from '../targets.ts';
import { notFound, ofExecution, orNotFound } from './execution-id.ts';
import { stateText } from './state-text.ts';

export interface KillFlags extends TargetFlags {
  readonly signal?: Signal;
}

/** Nothing of the output is asked for. */
const NO_OUTPUT = { stdoutOffset: Number.MAX_SAFE_INTEGER, stderrOffset: Number.MAX_SAFE_INTEGER };

/**
 * Ends a detached execution, or sends it one signal, and says what came of it.
 *
 * @returns the exit code
 */
export async function kill(id: string, { signal, ...flags }: KillFlags): Promise<number> {
  await using executor = await openTarget(ofExecution(id, flags));
  const known = (await executor.listDetached()).find((execution) => execution.id === id);
  if (!known) throw notFound(id);
  if (known.state === 'ended') await printText(`${id} had ended already: ${stateText(known)}\n`);
  else if (signal) await send(executor, id, signal);
  else return await end(executor, id);
  return 0;
}

async function send(executor: Executor, id: string, signal: Signal): Promise<void> {
  const execution = await executor.attach(id, NO_OUTPUT).catch(orNotFound(id));
  await execution.kill(signal);
  await printText(`${id} was sent ${signal}\n`);
}

async function end(executor: Executor, id: string): Promise<number> {
  const execution = await executor.attach(id, NO_OUTPUT).catch(orNotFound(id));
  await execution.kill();
  const result = await execution.result;
  if (result.outcome === 'unknown') return tellUnknown(id, result);
  await printText(`${id} ended: ${stateText(result)}\n`);
  return 0;
}

function tellUnknown(id: string, result: ExecResult): number {
  console.error(`errand: nobody can know whether ${id} ended: ${result.reason}`);
  return exitCodeOfResult(result);
}
