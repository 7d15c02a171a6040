import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessExit } from '@errand/core';

/** A node tells its cluster so much later. */
const LATE_MS = 10_000;
const LOOK_MS = 250;

/** How a pod ended, once its cluster knows; undefined where that is not told in time, or nobody answers. */
export async function whenEnded(ask: (signal: AbortSignal) => Promise<ProcessExit | undefined>): Promise<ProcessExit | undefined> {
  const signal = AbortSignal.timeout(LATE_MS);
  while (!signal.aborted) {
    const end = await ask(signal).catch(() => undefined);
    if (end) return end;
    await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => {});
  }
  return undefined;
}
