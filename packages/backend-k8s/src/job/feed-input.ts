import { setTimeout as delay } from 'node:timers/promises';
import { isRefusal } from '../api/cluster-refusal.ts';
import type { JobSignals } from './followed-job.ts';

/** Between two tries, at first and at most. */
const FIRST_MS = 200;
const LONGEST_MS = 5_000;

/**
 * Gives a Job's command its stdin, for which it waits: again from the beginning where the connection broke, since of what was cut off nothing is taken.
 *
 * @throws ClusterRefusal where the Role does not let it; the reason of `signal`
 */
export async function feedInput(signals: Pick<JobSignals, 'feed'>, pod: string, input: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let pause = FIRST_MS; ; pause = Math.min(LONGEST_MS, pause * 2)) {
    try {
      if (await signals.feed(pod, input, signal)) return;
    } catch (fault) {
      signal.throwIfAborted();
      if (isRefusal(fault, 401, 403)) throw fault;
    }
    await delay(pause, undefined, { signal, ref: false });
  }
}
