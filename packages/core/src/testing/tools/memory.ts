import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let gc: (() => void) | undefined;

function collectGarbage(): void {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    // Else buffers are freed by a thread of its own some time after, and count until then.
    setFlagsFromString('--no-concurrent-array-buffer-sweeping');
    gc = runInNewContext('gc') as () => void;
  }
  gc();
}

/**
 * How many bytes this process holds on to once garbage was collected: the heap, and the buffers outside of it. Some of
 * the garbage can be told from what is held only a turn later, hence a few looks, of which the least counts; none more once it is no more
 * than `enough`.
 */
export async function retainedBytes(enough: number = Number.NEGATIVE_INFINITY): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 3 && least > enough; look++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

/** At least: as long as a look takes, on a machine where that is long. */
const EVERY_MS = 40;

/** Runs `body` and gives the most that this process held on to meanwhile, beyond what it held before. */
export async function peakGrowth(body: () => Promise<unknown>): Promise<number> {
  const before = await retainedBytes();
  let peak = before;
  let ended = false;
  const watch = async (): Promise<void> => {
    while (!ended) {
      const begin = performance.now();
      // What is no peak need not be known exactly: a look stops everything for as long as it takes.
      peak = Math.max(peak, await retainedBytes(peak));
      await delay(Math.max(EVERY_MS, performance.now() - begin));
    }
  };
  const watching = watch();
  // What `body` resolves with is still held at the last look, so that what a result keeps is counted too.
  const held: unknown[] = [];
  try {
    held.push(await body());
    return Math.max(peak, await retainedBytes()) - before;
  } finally {
    ended = true;
    await watching;
    held.pop();
  }
}
