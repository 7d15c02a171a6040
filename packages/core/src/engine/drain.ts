import type { Capture } from './capture.ts';

/** After the main process ended, output is read until both streams end, or this long passes without a byte … */
const QUIET_MS = 100;
/** … but at most this long. Time for which a reader held the streams back counts for neither. */
const LONGEST_MS = 1_000;
const LOOK_MS = 20;

/** What draining needs to know of a run. */
export interface DrainOptions {
  readonly captures: readonly Capture[];
  /** `performance.now()` of the last byte. */
  readonly lastByteAt: () => number;
  /** How long readers have to take the rest. */
  readonly readerGraceMs: number;
  /** Called when that time is over: readers no longer hold the streams back. */
  readonly releaseReaders: () => void;
}

/** Reads what the ended main process left in its pipes, then closes them, whoever else still holds them. */
export async function drain({ captures, lastByteAt, readerGraceMs, releaseReaders }: DrainOptions): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    for (const capture of captures) capture.stop();
  };
  let reading = 0;
  let held = 0;
  let now = performance.now();
  const begin = now;
  const look = (): void => {
    const passed = performance.now() - now;
    now += passed;
    if (captures.some((capture) => capture.paused)) {
      held += passed;
      if (held >= readerGraceMs) releaseReaders();
    } else {
      reading += passed;
      if (reading >= LONGEST_MS || now - Math.max(lastByteAt(), begin + held) >= QUIET_MS) return stop();
    }
    timer = setTimeout(look, LOOK_MS);
  };
  timer = setTimeout(look, LOOK_MS);
  await Promise.all(captures.map((capture) => capture.ended));
  clearTimeout(timer);
}
