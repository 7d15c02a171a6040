import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FairQueue } from './fair-queue.ts';

interface Job {
  readonly tenant: string;
  readonly arrival: number;
  readonly service: number;
}

/** Slots on a simulated clock: how long each job of `watched` waits. */
function waits(jobs: readonly Job[], slots: number, watched: string): number[] {
  const queue = new FairQueue<Job>();
  const arrivals = [...jobs].sort((a, b) => a.arrival - b.arrival);
  /** When each slot is free. */
  const free = Array<number>(slots).fill(0);
  const found: number[] = [];
  let next = 0;
  let now = 0;
  while (next < arrivals.length || queue.size > 0) {
    const slot = free.indexOf(Math.min(...free));
    now = Math.max(now, free[slot] ?? 0, queue.size > 0 ? 0 : (arrivals[next]?.arrival ?? 0));
    for (let job = arrivals[next]; job && job.arrival <= now; job = arrivals[next]) {
      queue.add(job, job.tenant, 0);
      next += 1;
    }
    const job = queue.take();
    if (!job) continue;
    if (job.tenant === watched) found.push(now - job.arrival);
    free[slot] = now + job.service;
  }
  return found;
}

function percentile99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;
}

const LONGEST = 10;

test('beside a tenant that floods, another of equal weight waits no longer than alone on half the slots, and one service time', () => {
  const gaps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })), { minLength: 50, maxLength: 300 });
  const slots = fc.integer({ min: 1, max: 8 }).map((half) => 2 * half);
  fc.assert(
    // Turns are shared, not the time that they take: so all take the same here.
    fc.property(gaps, slots, fc.integer({ min: 1, max: LONGEST }), (between, count, service) => {
      const own = between.map((_, i) => ({ tenant: 'own', arrival: between.slice(0, i + 1).reduce((a, b) => a + b), service }));
      const flood = Array.from({ length: 5_000 }, () => ({ tenant: 'flood', arrival: 0, service }));
      const alone = percentile99(waits(own, count / 2, 'own'));
      const beside = percentile99(waits([...flood, ...own], count, 'own'));
      expect(beside).toBeLessThanOrEqual(alone + service);
    }),
    { numRuns: 40 },
  );
});

test('beside 100,000 of another, a tenant waits no longer than one longest service time, where it would alone wait for nothing', () => {
  const own = Array.from({ length: 500 }, (_, i) => ({ tenant: 'own', arrival: i * 20, service: LONGEST }));
  const flood = Array.from({ length: 100_000 }, () => ({ tenant: 'flood', arrival: 0, service: LONGEST }));
  expect(percentile99(waits([...flood, ...own], 8, 'own'))).toBeLessThanOrEqual(LONGEST);
});
