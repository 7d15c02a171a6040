import type { RunSpec } from './run-spec.ts';

/** Within how many milliseconds a target ends what nobody could see end. `ranMs` is how long it has run by now. */
export function unseenMs({ lifelineMs, driver, options }: RunSpec, ranMs: number): number {
  const { timeoutMs = lifelineMs, killGraceMs } = options;
  if (driver.supports.lifeline) return lifelineMs + killGraceMs;
  return Math.max(0, timeoutMs - ranMs) + killGraceMs;
}
