import type { Timings } from '../result.ts';

/** What has passed until now, of `performance.now()`; 0 stands for what did not happen. Three numbers: a million commands may wait. */
export function timingsOf(created: number, started: number, running: number): Timings {
  const now = performance.now();
  return {
    queuedMs: (started || now) - created,
    startMs: started ? (running || now) - started : 0,
    runMs: running ? now - running : 0,
  };
}
