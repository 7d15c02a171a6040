import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

/** One that asked, and how it stands. */
interface Asked {
  readonly id: string;
  readonly abort: AbortController;
  readonly release: (usage?: undefined) => void;
  state: 'waits' | 'runs' | 'released' | 'refused';
  settled: number;
}

type Act = readonly [what: 'ask' | 'release' | 'abort' | 'prioritise' | 'pause' | 'resume' | 'widen' | 'weigh', x: number, y: number];

const act: fc.Arbitrary<Act> = fc.tuple(
  fc.constantFrom('ask', 'ask', 'ask', 'ask', 'release', 'release', 'abort', 'prioritise', 'pause', 'resume', 'widen', 'weigh'),
  fc.nat(),
  fc.nat(),
);

/** Does all of it, looking after each that no promise is broken; then lets all of them run. */
async function live(acts: readonly Act[], everyMany: number): Promise<void> {
  const turns = new Turns({ concurrency: 3, maxRunningPerTenant: 2, maxQueued: 60, maxQueuedPerTenant: 25 });
  const all: Asked[] = [];
  const mutable = { concurrency: 3, made: 0, most: 0 };
  const those = (state: Asked['state']): Asked[] => all.filter((one) => one.state === state);
  const ask = (tenant: string, priority: number): void => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const one: Asked = { id: String(mutable.made++), abort: new AbortController(), release, state: 'waits', settled: 0 };
    all.push(one);
    turns.ask({ executionId: one.id, target: 't', labels: {}, tenant, priority, signal: one.abort.signal, released }).then(
      () => {
        one.settled += 1;
        one.state = 'runs';
        mutable.most = Math.max(mutable.most, those('runs').length);
        // A fault elsewhere: what has its turn may be over at once.
        if (priority === 3 && Number(one.id) % 5 === 0) finish(one);
      },
      () => {
        one.settled += 1;
        one.state = 'refused';
        release(undefined);
      },
    );
  };
  const finish = (one: Asked | undefined): void => {
    if (!one) return;
    one.state = 'released';
    one.release();
  };
  for (const [i, [what, x, y]] of acts.entries()) {
    const pick = (of: readonly Asked[]): Asked | undefined => of[x % Math.max(1, of.length)];
    if (what === 'ask') ask('abc'.charAt(x % 3), [-10, 0, 3][y % 3] ?? 0);
    else if (what === 'release') finish(pick(those('runs')));
    else if (what === 'abort') pick(those('waits'))?.abort.abort();
    else if (what === 'prioritise') turns.setPriority(pick(all)?.id ?? '', y % 7);
    else if (what === 'pause') turns.pause();
    else if (what === 'resume') turns.resume();
    else if (what === 'weigh') turns.setWeight('abc'.charAt(x % 3), 1 + (y % 5));
    else {
      mutable.concurrency = Math.max(mutable.concurrency, 1 + (y % 5));
      turns.setConcurrency(1 + (y % 5));
    }
    if (i % everyMany > 0) continue;
    await nextTurn();
    expect(turns.health).toMatchObject({ queued: those('waits').length, running: those('runs').length });
    expect(all.every(({ settled, state }) => settled === (state === 'waits' ? 0 : 1))).toBe(true);
    // Those that are over say nothing new.
    all.splice(0, all.length, ...all.filter(({ state }) => state === 'waits' || state === 'runs'));
  }
  turns.resume();
  const drained = turns.drain();
  while (all.some(({ state }) => state === 'waits' || state === 'runs')) {
    for (const one of those('runs')) finish(one);
    await nextTurn();
  }
  await drained;
  expect(mutable.most).toBeLessThanOrEqual(mutable.concurrency);
  expect(turns.health).toMatchObject({ queued: 0, running: 0, classes: [], tenants: [], oldestWaitMs: 0 });
}

test('whatever happens, nobody is lost or has two turns, and never do more run than may', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 300, size: 'max' }), (acts) => live(acts, 1)),
    { numRuns: 100 },
  );
});

test('nor in 100,000 acts on one queue', async () => {
  const [acts] = fc.sample(fc.array(act, { minLength: 100_000, maxLength: 100_000, size: 'max' }), 1);
  await live(acts ?? [], 50);
}, 60_000);

test('one that takes too long is refused at its time, and those behind it move up', async () => {
  const turns = new Turns({ concurrency: 1, queueTimeoutMs: 1_000_000 });
  const signal = new AbortController().signal;
  const ask = (executionId: string, queueTimeoutMs?: number, released: Promise<undefined> = new Promise(() => {})): Promise<void> =>
    turns.ask({ executionId, target: 't', labels: {}, signal, released, ...(queueTimeoutMs !== undefined && { queueTimeoutMs }) });
  await ask('runs');
  const late = ask('late', 20);
  const later = ask('later', 60);
  ask('waits').catch(() => {});
  expect([turns.position('late'), turns.position('later'), turns.position('waits'), turns.position('runs')]).toEqual([0, 1, 2, undefined]);
  await expect(late).rejects.toMatchObject({ code: 'EXEC_QUEUE_TIMEOUT', message: expect.stringContaining('20 ms') });
  expect([turns.position('late'), turns.position('later'), turns.position('waits')]).toEqual([undefined, 0, 1]);
  await expect(later).rejects.toMatchObject({ code: 'EXEC_QUEUE_TIMEOUT' });
  expect(turns.position('waits')).toBe(0);
  turns.close();
});
