import type { Execution } from '@errand/core';
import { exitCodeOfResult, exitCodeOfSignal } from '../exit-code.ts';
import { LIVE_OUTPUT_BYTES } from '../output/live-output-bytes.ts';
import { printLive } from '../run/print.ts';
import type { RunEnd } from '../run/run-end.ts';
import { openTarget, type TargetFlags } from '../targets.ts';
import { Termination } from '../termination.ts';
import { ofExecution, orNotFound } from './execution-id.ts';
import { whatIsKept } from './what-is-kept.ts';

export interface AttachFlags extends TargetFlags {
  readonly stdoutOffset?: number;
  readonly stderrOffset?: number;
}

/** Passes on the output of a detached execution, to its end. Whatever happens here, it goes on. */
export async function attach(id: string, { stdoutOffset = 0, stderrOffset = 0, ...flags }: AttachFlags): Promise<RunEnd> {
  const executor = await openTarget(ofExecution(id, flags), { defaults: { maxOutputBytes: LIVE_OUTPUT_BYTES } });
  const leaving = new AbortController();
  let execution: Execution | undefined;
  const termination = new Termination({
    first: () => {
      leaving.abort();
      // Lets go of it.
      void execution?.[Symbol.asyncDispose]();
    },
    again: () => {
      execution?.stdout.destroy();
      execution?.stderr.destroy();
    },
  });
  try {
    execution = await executor.attach(id, { stdoutOffset, stderrOffset, signal: leaving.signal }).catch(orNotFound(id));
    const result = await printLive(whatIsKept(execution), termination);
    return left(id, termination) ?? { code: exitCodeOfResult(result), signal: undefined };
  } catch (fault) {
    const end = left(id, termination);
    if (end) return end;
    throw fault;
  } finally {
    await executor.close();
    termination.stop();
  }
}

/** When this process was asked to end. */
function left(id: string, { signal }: Termination): RunEnd | undefined {
  if (!signal) return undefined;
  console.error(`errand: ${id} was left as it is: errand attach ${id} follows it again, errand kill ${id} ends it`);
  return { code: exitCodeOfSignal(signal), signal };
}
