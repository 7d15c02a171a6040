import type { OutputReading } from './output-reading.ts';

/** After the main process ended, output is read until both streams end, or this long passes without a byte … */
const QUIET_MS = 100;
/** … but at most this long. Time for which a reader held the streams back, or output is known to be on its way, counts for neither. */
const LONGEST_MS = 1_000;
const LOOK_MS = 20;

/** What draining needs to know of a run. */
export interface DrainOptions {
  readonly reading: OutputReading;
  /** See `DriverProcess.delivered`. */
  readonly delivered: Promise<void> | undefined;
  /** How long readers have to take the rest. */
  readonly readerGraceMs: number;
  /** Called when that time is over: readers no longer hold the streams back. */
  readonly releaseReaders: () => void;
}

/** Reads what the ended main process left in its pipes, then closes them, whoever else still holds them. */
export async function drain({ reading, delivered, readerGraceMs, releaseReaders }: DrainOptions): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const stop = (): void => {
    for (const capture of reading.captures) capture.stop();
  };
  let isDelivered = delivered === undefined;
  void delivered?.then(() => {
    isDelivered = true;
  });
  let read = 0;
  let held = 0;
  let onItsWay = 0;
  let now = performance.now();
  const begin = now;
  const look = (): void => {
    if (ended) return;
    const passed = performance.now() - now;
    now += passed;
    if (reading.held) {
      held += passed;
      if (held >= readerGraceMs) releaseReaders();
    } else if (!isDelivered) onItsWay += passed;
    else {
      read += passed;
      if (read >= LONGEST_MS || now - Math.max(reading.lastByteAt, begin + held + onItsWay) >= QUIET_MS) return stop();
    }
    lookSoon();
  };
  // After the event loop was blocked, timers fire before what came meanwhile is read.
  const lookSoon = (): void => {
    timer = setTimeout(() => setImmediate(look), LOOK_MS);
  };
  lookSoon();
  await reading.ended;
  ended = true;
  clearTimeout(timer);
}
