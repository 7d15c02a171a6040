import { setTimeout as delay } from 'node:timers/promises';
import type { ExecResult, Execution } from '@errand/core';
import { forward } from '../output/forward.ts';
import { standardOutput } from '../output/standard-output.ts';
import type { Termination } from '../termination.ts';
import { resultToJson } from './result-json.ts';

/** For how long a reader may take the last output after a signal asked this process to end. */
const LAST_OUTPUT_MS = 1_000;

/** What is printed of an execution. */
export type Printed = Pick<Execution, 'stdout' | 'stderr' | 'result'>;

/** Passes output on as it comes, then says on stderr why it ended, if not by a plain exit. */
export async function printLive(execution: Printed, termination: Termination): Promise<ExecResult> {
  const errors = standardOutput(2);
  const streams = Promise.all([forward(execution.stdout, standardOutput(1)), forward(execution.stderr, errors)]);
  // Whatever cannot be passed on ends the command: its result is then of no interest.
  const [result] = await Promise.all([execution.result, ended(streams, execution, termination)]);
  const reason = reasonOf(result);
  if (reason !== undefined && !termination.signal) await forward([Buffer.from(`errand: ${reason}\n`)], errors).catch(() => {});
  return result;
}

/** Prints one JSON object when the command has ended. */
export async function printJson(execution: Execution, termination: Termination): Promise<ExecResult> {
  const result = await execution.result;
  const reason = termination.signal ? `errand got ${termination.signal}` : reasonOf(result);
  const json = resultToJson({ ...result, ...(reason !== undefined && { reason }) });
  await ended(forward([Buffer.from(`${JSON.stringify(json)}\n`)], standardOutput(1)), execution, termination);
  return result;
}

/** A reader may take as long as it likes, until somebody asks this process to end. */
async function ended(output: Promise<unknown>, execution: Printed, termination: Termination): Promise<void> {
  const enough = termination.asked.then(async () => {
    await execution.result;
    await delay(LAST_OUTPUT_MS);
  });
  await Promise.race([output, enough]);
}

/** In the words of the command line. */
function reasonOf({ outcome, reason }: ExecResult): string | undefined {
  if (outcome === 'timed-out') return '--timeout passed, the command was ended';
  if (outcome === 'idle-timed-out') return '--idle-timeout passed without output, the command was ended';
  return reason;
}
