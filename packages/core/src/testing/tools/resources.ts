import { readdir, readFile } from 'node:fs/promises';
import { poll } from './poll.ts';

/** What this process holds that would keep it alive or leak: how many of each. */
type Resources = Readonly<Record<string, number>>;

/** Counts timers, handles, requests, descriptors, child processes and listeners of this process. */
async function countResources(): Promise<Resources> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  for (const event of process.eventNames()) counts[`listeners for ${String(event)}`] = process.listenerCount(event);
  counts['descriptors'] = await countDescriptors();
  counts['child processes'] = await countChildren();
  return counts;
}

/**
 * Runs `body` a few times and waits until this process holds no more than before.
 *
 * The runner has a timer or two of its own that come and go, so what is there once more says nothing: what `body` leaves
 * each time is there as often as it ran.
 *
 * @throws Error that says what is left.
 */
export async function assertGivenBack(times: number, body: () => Promise<void>): Promise<void> {
  const before = await countResources();
  for (let i = 0; i < times; i++) await body();
  let left = '';
  const nothingLeft = async (): Promise<boolean> => {
    left = growth(before, await countResources(), times);
    return left === '';
  };
  await poll('What was used should be given back', 3_000, nothingLeft).catch((late: Error) => {
    throw new Error(`Of this there is more after ${times} times than before: ${left}. ${late.message}`);
  });
}

function growth(before: Resources, after: Resources, atLeast: number): string {
  return Object.entries(after)
    .filter(([name, count]) => count - (before[name] ?? 0) >= atLeast)
    .map(([name, count]) => `${name}: ${before[name] ?? 0} → ${count}`)
    .join(', ');
}

async function countDescriptors(): Promise<number> {
  return (await readdir('/dev/fd').catch(() => [])).length;
}

async function countChildren(): Promise<number> {
  const threads = await readdir('/proc/self/task').catch(() => []);
  const lists = threads.map((thread) => readFile(`/proc/self/task/${thread}/children`, 'latin1').catch(() => ''));
  return (await Promise.all(lists)).join(' ').split(/\s+/).filter(Boolean).length;
}
