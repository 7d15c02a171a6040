import { createHook } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What must not grow while commands come and go. */
export interface Holdings {
  /** On `process`, and on the one AbortSignal that every command was given. */
  readonly listeners: number;
  readonly descriptors: number;
  /** Pending timers, those that keep no process alive too. */
  readonly timers: number;
  readonly rssMib: number;
}

export interface Growth {
  readonly before: Holdings;
  readonly after: Holdings;
}

/** By how much something may still rise and fall when nothing is going on, for as long as it is given to settle. */
const settleMs = 2_000;

/** Runs `warmUp` commands, then n, one after the other, and tells what the process holds before and after those n. */
export async function measureGrowth(run: (signal: AbortSignal) => Promise<void>, warmUp: number, n: number): Promise<Growth> {
  const timers = new Set<number>();
  const hook = createHook({
    init: (id, type) => void (type === 'Timeout' && timers.add(id)),
    destroy: (id) => void timers.delete(id),
  }).enable();
  const { signal } = new AbortController();
  const hold = (): Holdings => {
    const rssMib = process.memoryUsage.rss() / 2 ** 20;
    return { listeners: countListeners(signal), descriptors: countDescriptors(), timers: timers.size, rssMib };
  };

  for (let i = 0; i < warmUp; i += 1) await run(signal);
  await settle();
  const before = hold();
  for (let i = 0; i < n; i += 1) await run(signal);
  await settle();
  const after = hold();
  hook.disable();
  return { before, after };
}

async function settle(): Promise<void> {
  await delay(settleMs);
  globalThis.gc?.();
}

function countListeners(signal: AbortSignal): number {
  const onProcess = process.eventNames().reduce((sum, event) => sum + process.listenerCount(event), 0);
  return onProcess + getEventListeners(signal, 'abort').length;
}

/** 0 where the system does not list them. */
function countDescriptors(): number {
  try {
    return readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length;
  } catch {
    return 0;
  }
}
