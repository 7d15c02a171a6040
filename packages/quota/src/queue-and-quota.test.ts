import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AdmissionRequest,
  type Executor,
  type Lease,
  type QueuedExecutor,
  type Quota,
  queued,
  type SpawnOptions,
  type Usage,
} from '@errand/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allOf } from './all-of.ts';
import { type TenantQuota, tenantQuota } from './tenant-quota.ts';

const USED: Usage = { outcome: 'exited', wallMs: 1, outputBytes: 1 };

/** A command of a target that only asks for its turn, and runs until it is told to end. */
class Work {
  readonly tenant: string;
  readonly user: string;
  readonly abort = new AbortController();
  state: 'waits' | 'runs' | 'over' = 'waits';
  refusal: unknown;
  readonly #released = Promise.withResolvers<Usage | undefined>();

  constructor(id: string, { turn, tenant = '', labels = {}, priority = 0 }: SpawnOptions) {
    this.tenant = tenant;
    this.user = labels['user'] ?? '';
    const { signal } = this.abort;
    const request = { executionId: id, target: 't', labels, tenant, priority, signal, released: this.#released.promise };
    turn?.(request).then(
      () => {
        this.state = 'runs';
      },
      (fault: unknown) => {
        this.refusal = fault;
        this.end(undefined);
      },
    );
  }

  end(usage: Usage | undefined = USED): void {
    this.state = 'over';
    this.#released.resolve(usage);
  }
}

/** Executors that share a quota, and all that was submitted to them. */
class Site {
  readonly works: Work[] = [];
  #made = 0;

  executor(quota: Quota, concurrency: number): QueuedExecutor {
    const inner = {
      name: 't',
      supports: {},
      spawn: (_: unknown, options: SpawnOptions) => this.works.push(new Work(String(this.#made++), options)),
    };
    return queued(inner as unknown as Executor, { concurrency, quota, maxQueued: 40 });
  }

  those(state: Work['state']): Work[] {
    return this.works.filter((work) => work.state === state);
  }
}

/** Passes all on to another quota, counts its leases, and throws at these of its calls. */
class Faulty implements Quota {
  readonly leases: { settled: number }[] = [];
  readonly #quota: Quota;
  readonly #faults: ReadonlySet<number>;
  #calls = 0;

  constructor(quota: Quota, faults: readonly number[]) {
    this.#quota = quota;
    this.#faults = new Set(faults);
  }

  async admit(request: AdmissionRequest): Promise<Lease> {
    this.#call();
    const { gates = [], ...lease } = await unbound(this.#quota, request);
    const counted = { settled: 0 };
    this.leases.push(counted);
    return {
      gates,
      wait: () => {
        this.#call();
        lease.wait?.();
      },
      run: () => {
        this.#call();
        lease.run?.();
      },
      settle: (usage) => {
        counted.settled += 1;
        lease.settle(usage);
        this.#call();
      },
    };
  }

  #call(): void {
    if (this.#faults.has(this.#calls++ % 30)) throw new Error('a fault of the quota');
  }
}

/** Its methods stay its own. */
async function unbound(quota: Quota, request: AdmissionRequest): Promise<Lease> {
  const lease = await quota.admit(request);
  return {
    gates: lease.gates ?? [],
    wait: () => lease.wait?.(),
    run: () => lease.run?.(),
    settle: (usage) => lease.settle(usage),
  };
}

type Act = readonly [what: 'submit' | 'end' | 'abort' | 'limit', x: number, y: number];

const act: fc.Arbitrary<Act> = fc.tuple(fc.constantFrom('submit', 'submit', 'submit', 'end', 'end', 'abort', 'limit'), fc.nat(), fc.nat());

function limits(): { tenants: TenantQuota; users: TenantQuota; both: Quota } {
  const tenants = tenantQuota({ default: { maxQueued: 12 }, tenants: { a: { maxRunning: 2 }, b: { maxRunning: 3 } } });
  const users = tenantQuota({ name: 'user', by: ({ labels }) => labels['user'], default: { maxRunning: 2 } });
  return { tenants, users, both: allOf(tenants, users) };
}

async function live(acts: readonly Act[], faults: readonly number[]): Promise<void> {
  const site = new Site();
  const { tenants, both } = limits();
  const quota = new Faulty(both, faults);
  const executors = [site.executor(quota, 4), site.executor(quota, 3)] as const;
  const most: Record<string, number> = { a: 2, b: 3 };
  const look = (): void => {
    const running = site.those('runs');
    const count = (of: 'tenant' | 'user', name: string): number => running.filter((work) => work[of] === name).length;
    for (const tenant of 'ab') expect(count('tenant', tenant)).toBeLessThanOrEqual(most[tenant] ?? 0);
    for (const user of 'xyz') expect(count('user', user)).toBeLessThanOrEqual(2);
  };
  for (const [what, x, y] of acts) {
    const pick = (state: Work['state']): Work | undefined => site.those(state)[x % Math.max(1, site.those(state).length)];
    const tenant = 'ab'.charAt(x % 2);
    if (what === 'submit')
      executors[(x >> 2) % 2 === 0 ? 0 : 1].spawn('', { tenant, labels: { user: 'xyz'.charAt(y % 3) }, priority: y % 2 });
    else if (what === 'end') pick('runs')?.end();
    else if (what === 'abort') pick('waits')?.abort.abort();
    else {
      tenants.setLimits(tenant, { maxRunning: 1 + (y % 4) });
      // Those that run go on.
      most[tenant] = Math.max(most[tenant] ?? 0, 1 + (y % 4));
    }
    if (y % 3 > 0) await nextTurn();
    look();
  }
  for (let i = 0; i < 2_000 && site.those('over').length < site.works.length; i += 1) {
    await nextTurn();
    look();
    for (const work of site.those('runs')) work.end();
  }
  expect(site.those('over').length).toBe(site.works.length);
  await nextTurn();
  expect(quota.leases.every(({ settled }) => settled === 1)).toBe(true);
  for (const executor of executors) await executor.drain();
  await nothingIsHeld(site, both, tenants);
}

/** All that may run at once does. */
async function nothingIsHeld(site: Site, quota: Quota, tenants: TenantQuota): Promise<void> {
  tenants.setLimits('a', { maxRunning: 4, maxQueued: 0 });
  const executor = site.executor(quota, 9);
  for (const user of ['x', 'x', 'y', 'y']) executor.spawn('', { tenant: 'a', labels: { user } });
  await nextTurn();
  expect(site.those('runs').length).toBe(4);
  executor.spawn('', { tenant: 'a', labels: { user: 'z' } });
  await nextTurn();
  expect(site.works.at(-1)?.refusal).toMatchObject({ code: 'EXEC_QUOTA', detail: { limit: 'maxQueued' } });
  for (const work of site.those('runs')) work.end();
}

test('whatever happens, no limit is passed, nobody is lost, and each lease is settled once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 200, size: 'max' }), (acts) => live(acts, [])),
    { numRuns: 60 },
  );
});

test('a quota that throws anywhere holds up nobody, and frees its slot', async () => {
  const faults = fc.uniqueArray(fc.nat(29), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 150, size: 'max' }), faults, (acts, at) => live(acts, at)),
    { numRuns: 60 },
  );
});

test('those above maxRunning wait, others pass them, and in their order they run', async () => {
  const site = new Site();
  const { tenants, both } = limits();
  const executor = site.executor(both, 4);
  for (const [tenant, user] of ['ax', 'ay', 'az', 'ay', 'bx', 'bx', 'by'])
    executor.spawn('', { tenant: tenant ?? '', labels: { user: user ?? '' } });
  await nextTurn();
  const running = (): string[] => site.those('runs').map((work) => `${work.tenant}${work.user}`);
  // Of a two run; the second x of b waits for x.
  expect(running()).toEqual(['ax', 'ay', 'bx', 'by']);
  executor.setConcurrency(10);
  tenants.setLimits('a', { maxRunning: 3 });
  expect(running().length).toBe(4);
  await nextTurn();
  expect(running()).toEqual(['ax', 'ay', 'az', 'bx', 'by']);
  site.those('runs')[0]?.end();
  await nextTurn();
  // y has two already; x has one again.
  expect(running()).toEqual(['ay', 'az', 'bx', 'bx', 'by']);
});

test('as many of those that wait run at once as a raised limit lets', async () => {
  const site = new Site();
  const quota = tenantQuota({ default: { maxRunning: 1 } });
  const executor = site.executor(quota, 10);
  for (let i = 0; i < 6; i += 1) executor.spawn('', { tenant: 'a' });
  await nextTurn();
  expect(site.those('runs').length).toBe(1);
  quota.setLimits('a', { maxRunning: 4 });
  await nextTurn();
  expect(site.works.map(({ state }) => state)).toEqual(['runs', 'runs', 'runs', 'runs', 'waits', 'waits']);
  quota.setDefault({ maxRunning: 5 });
  await nextTurn();
  expect(site.those('runs').length).toBe(4);
  quota.setLimits('a', {});
  await nextTurn();
  expect(site.those('runs').length).toBe(5);
});
