import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Turned } from './fair-class.ts';
import { FairQueue } from './fair-queue.ts';

interface Job {
  readonly tenant: string;
  readonly arrival: number;
  readonly service: number;
}

/** Slots on a simulated clock: how long each job of `watched` waits. */
function waits(jobs: readonly Job[], slots: number, watched: string, weights: Readonly<Record<string, number>> = {}): number[] {
  const queue = new FairQueue<Job>();
  for (const [tenant, weight] of Object.entries(weights)) queue.setWeight(tenant, weight, 0);
  const arrivals = [...jobs].sort((a, b) => a.arrival - b.arrival);
  const running: { readonly turned: Turned<Job>; readonly until: number }[] = [];
  const found: number[] = [];
  let next = 0;
  let now = 0;
  while (next < arrivals.length || queue.size > 0) {
    const ends = running.toSorted((a, b) => a.until - b.until);
    const [soonest] = ends;
    const arrival = arrivals[next]?.arrival ?? Number.POSITIVE_INFINITY;
    // What happens next: a turn is over where none is free, or somebody comes.
    now = Math.max(now, Math.min(soonest?.until ?? Number.POSITIVE_INFINITY, arrival));
    for (const one of ends.filter(({ until }) => until <= now)) {
      queue.end(one.turned, one.until);
      running.splice(running.indexOf(one), 1);
    }
    for (let job = arrivals[next]; job && job.arrival <= now; job = arrivals[next]) {
      queue.add(job, job.tenant, 0, now);
      next += 1;
    }
    while (running.length < slots) {
      const place = queue.take(now);
      if (!place) break;
      const { item: job } = place;
      if (job.tenant === watched) found.push(now - job.arrival);
      running.push({ turned: place, until: now + job.service });
    }
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
  const services = fc.array(fc.integer({ min: 1, max: LONGEST }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(gaps, slots, services, services, (between, count, ownServices, floodServices) => {
      const own = between.map((_, i) => ({
        tenant: 'own',
        arrival: between.slice(0, i + 1).reduce((a, b) => a + b),
        service: ownServices[i % ownServices.length] ?? 1,
      }));
      const flood = Array.from({ length: 5_000 }, (_, i) => ({
        tenant: 'flood',
        arrival: 0,
        service: floodServices[i % floodServices.length] ?? 1,
      }));
      const alone = percentile99(waits(own, count / 2, 'own'));
      const beside = percentile99(waits([...flood, ...own], count, 'own'));
      expect(beside).toBeLessThanOrEqual(alone + Math.max(...ownServices, ...floodServices));
    }),
    { numRuns: 150 },
  );
});

test('beside 100,000 of another, a tenant waits no longer than one longest service time, where it would alone wait for nothing', () => {
  const own = Array.from({ length: 500 }, (_, i) => ({ tenant: 'own', arrival: i * 20, service: LONGEST }));
  const flood = Array.from({ length: 100_000 }, () => ({ tenant: 'flood', arrival: 0, service: LONGEST }));
  expect(percentile99(waits([...flood, ...own], 8, 'own'))).toBeLessThanOrEqual(LONGEST);
});

test('a tenant owes nothing for slots that nobody else wanted, whatever its weight', () => {
  // It has two commands on free slots all the time for an hour; then another floods the queue. Each tenant has two of four slots.
  for (const weight of [1, 0.1, 10]) {
    const before = Array.from({ length: 7_200 }, (_, i) => ({ tenant: 'own', arrival: 500 * i, service: 1_000 }));
    const flood = Array.from({ length: 400 }, () => ({ tenant: 'flood', arrival: 3_600_000, service: 1_000 }));
    const own = Array.from({ length: 20 }, (_, i) => ({ tenant: 'own', arrival: 3_600_000 + 5_000 * i, service: 1_000 }));
    const weights = { own: weight, flood: weight };
    expect(Math.max(...waits([...before, ...flood, ...own], 4, 'own', weights))).toBeLessThanOrEqual(1_000);
  }
});

test('long commands are no debt either: who comes meanwhile begins where they are', () => {
  const long = Array.from({ length: 24 }, () => ({ tenant: 'long', arrival: 0, service: 3_600_000 }));
  const flood = Array.from({ length: 10_000 }, () => ({ tenant: 'flood', arrival: 3_590_000, service: 1_000 }));
  const [, , , , next = 0] = waits([...long, ...flood], 4, 'long');
  expect(next).toBeLessThanOrEqual(3_600_000 + 60_000);
});
