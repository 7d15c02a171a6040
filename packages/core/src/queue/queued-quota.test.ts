import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExecError } from '../errors.ts';
import type { AdmissionRequest, Gate, Lease, Quota, Usage } from '../quota.ts';
import { poll } from '../testing/tools/poll.ts';
import { QueueRig } from '../testing/tools/queue-rig.ts';

/** Lets so many run at once, and writes down what it is told. */
class Recording implements Quota, Gate {
  readonly requests: AdmissionRequest[] = [];
  readonly settled: (Usage | undefined)[] = [];
  most = 100;
  running = 0;
  /** What happens in the middle of `admit`. */
  before: () => Promise<void> = async () => {};
  #open: (() => void) | undefined;

  get isOpen(): boolean {
    return this.running < this.most;
  }

  onOpen(call: () => void): () => void {
    this.#open = call;
    return () => {
      this.#open = undefined;
    };
  }

  get isWatched(): boolean {
    return this.#open !== undefined;
  }

  async admit(request: AdmissionRequest): Promise<Lease> {
    this.requests.push(request);
    await this.before();
    let ran = false;
    return {
      gates: [this],
      run: () => {
        ran = true;
        this.running += 1;
      },
      settle: (usage) => {
        this.settled.push(usage);
        if (ran) this.running -= 1;
        this.#open?.();
      },
    };
  }
}

/** A quota whose lease does this in the middle of one of its calls. */
function meddling(on: 'run' | 'wait', meddle: (executionId: string) => void, calls: string[] = []): Quota {
  return {
    admit: async ({ executionId }) => ({
      gates: [],
      [on]: () => {
        calls.push(on);
        meddle(executionId);
      },
      settle: () => {},
    }),
  };
}

test('a lease that changes the priority of what begins to run is asked to run it once', async () => {
  const rig = new QueueRig();
  const calls: string[] = [];
  const executor = rig.open({ concurrency: 1, quota: meddling('run', (id) => executor.setPriority(id, 'low'), calls) });
  executor.pause();
  const both = Promise.all([executor.exec('true'), executor.exec('true')]);
  await poll('both wait', 2_000, async () => (await executor.health()).queue.queued === 2);
  executor.resume();
  expect((await both).map(({ ok }) => ok)).toEqual([true, true]);
  expect(calls).toEqual(['run', 'run']);
  await rig.close();
});

test('a lease that lets the queue go on while its command begins to wait is heard', async () => {
  const rig = new QueueRig();
  const executor = rig.open({ concurrency: 1, quota: meddling('wait', () => executor.resume()) });
  executor.pause();
  expect((await executor.exec('true')).ok).toBe(true);
  await rig.close();
});

describe('a queue with a quota', () => {
  let rig: QueueRig;
  let quota: Recording;
  beforeEach(() => {
    rig = new QueueRig();
    quota = new Recording();
  });
  afterEach(() => rig.close());
  const whenSettled = (many: number): Promise<void> => poll('leases are settled', 10_000, () => quota.settled.length === many);

  test('counts the wait for a quota as one for a turn, and gives back what comes too late', async () => {
    const executor = rig.open({ concurrency: 1, quota });
    const late = Promise.withResolvers<void>();
    quota.before = () => late.promise;
    await expect(executor.exec('true', { queueTimeoutMs: 50 })).rejects.toMatchObject({ code: 'EXEC_QUEUE_TIMEOUT' });
    late.resolve();
    await whenSettled(1);
    expect(quota.settled).toEqual([undefined]);
  });

  test('is held up by no gate that fails: its lease decides', async () => {
    const executor = rig.open({ concurrency: 1, quota });
    Object.defineProperty(quota, 'isOpen', {
      get: () => {
        throw new Error('the gate is broken');
      },
    });
    const results = await Promise.all(Array.from({ length: 5 }, () => executor.exec('true')));
    expect(results.every(({ ok }) => ok)).toBe(true);
    quota.onOpen = () => {
      throw new Error('it hears nobody');
    };
    const first = executor.spawn(rig.until('first'));
    await poll('it runs', 5_000, () => rig.begun().length === 1);
    await expect(executor.exec('true')).rejects.toMatchObject({
      code: 'EXEC_UNAVAILABLE',
      message: expect.stringContaining('it hears nobody'),
    });
    rig.go('first');
    await first.result;
    await whenSettled(7);
  });

  test('takes nothing else for gates', async () => {
    const executor = rig.open({ concurrency: 1, quota: { admit: async () => ({ gates: 5, settle: () => {} }) as unknown as Lease } });
    await expect(executor.exec('true')).rejects.toMatchObject({
      code: 'EXEC_UNAVAILABLE',
      message: expect.stringContaining('no array of gates'),
    });
  });

  test('asks it once for each command, and tells it what the command used', async () => {
    const executor = rig.open({ concurrency: 2, quota });
    const execution = executor.spawn('echo 12345; echo 678 >&2; exit 3', { tenant: 'ci', labels: { user: 'x' } });
    await execution.result;
    await whenSettled(1);
    expect(quota.requests).toEqual([{ executionId: execution.id, target: executor.name, tenant: 'ci', labels: { user: 'x' } }]);
    expect(quota.settled).toEqual([{ outcome: 'exited', wallMs: expect.any(Number), outputBytes: 10 }]);
    const [one, two] = ['k', 'k'].map((idempotencyKey) => executor.exec('true', { idempotencyKey }));
    await Promise.all([one, two]);
    expect(quota.requests.length).toBe(2);
  });

  test('whom it refuses rejects at once, and did not start', async () => {
    const refusal = new ExecError('EXEC_QUOTA', 'no', { detail: { limit: 'x', value: 1, retryAfterMs: 5 } });
    quota.before = () => Promise.reject(refusal);
    const executor = rig.open({ concurrency: 1, quota });
    await expect(executor.exec(rig.until('a'))).rejects.toBe(refusal);
    quota.before = () => Promise.reject(new Error('boom'));
    await expect(executor.exec(rig.until('a'))).rejects.toMatchObject({
      code: 'EXEC_UNAVAILABLE',
      message: expect.stringMatching(/^quota: .*boom/),
    });
    expect([rig.begun(), (await executor.health()).queue.running, quota.settled]).toEqual([[], 0, []]);
  });

  test('what certainly did not start is settled without usage: cancelled, too late, refused by the queue or by the target', async () => {
    const executor = rig.open({ concurrency: 1, maxQueued: 2, quota });
    const first = executor.spawn(rig.until('first'));
    await poll('it runs', 5_000, () => rig.begun().length === 1);
    const abort = new AbortController();
    const waiting = [executor.exec('true', { signal: abort.signal }), executor.exec('true', { queueTimeoutMs: 200 })];
    await poll('both wait', 5_000, () => quota.requests.length === 3);
    const full = executor.exec('true');
    await expect(full).rejects.toMatchObject({ code: 'EXEC_QUEUE_FULL' });
    abort.abort();
    for (const one of waiting) await expect(one).rejects.toBeDefined();
    await whenSettled(3);
    rig.go('first');
    expect((await first.result).ok).toBe(true);
    await expect(executor.exec(['/nowhere'])).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
    await whenSettled(5);
    expect(quota.settled.map((usage) => usage?.outcome)).toEqual([undefined, undefined, undefined, 'exited', undefined]);
  });

  test('one that is given up while it is asked for is over at once, and its lease is settled when it comes', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    quota.before = () => promise;
    const executor = rig.open({ concurrency: 1, quota });
    const abort = new AbortController();
    const waits = executor.exec('true', { signal: abort.signal });
    await poll('it is asked for', 5_000, () => quota.requests.length === 1);
    abort.abort(new Error('enough'));
    await expect(waits).rejects.toThrow('enough');
    resolve();
    await whenSettled(1);
    expect([quota.settled, (await executor.health()).queue.running]).toEqual([[undefined], 0]);
  });

  test('drains those too that are being asked for', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    quota.before = () => promise;
    const executor = rig.open({ concurrency: 1, quota });
    const result = executor.exec('true');
    await poll('it is asked for', 5_000, () => quota.requests.length === 1);
    let drained = false;
    const draining = executor.drain().then(() => {
      drained = true;
    });
    await expect(executor.exec('true')).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
    expect(drained).toBe(false);
    resolve();
    expect((await result).ok).toBe(true);
    await draining;
  });

  test('those behind a shut gate wait until it opens, in their order, and nobody watches it for nothing', async () => {
    quota.most = 1;
    const executor = rig.open({ concurrency: 5, quota });
    const order: string[] = [];
    const executions = ['a', 'b', 'c'].map((name) => {
      const execution = executor.spawn(rig.until(name));
      execution.result.then(() => order.push(name));
      return execution;
    });
    await poll('one runs', 5_000, () => rig.begun().length === 1);
    expect((await executor.health()).queue).toMatchObject({ queued: 2, running: 1 });
    for (const name of ['a', 'b', 'c']) rig.go(name);
    await Promise.all(executions.map(({ result }) => result));
    await whenSettled(3);
    expect([order, quota.isWatched]).toEqual([['a', 'b', 'c'], false]);
  });

  test('a session that holds its turn for life is one command, and a session without asks for each', async () => {
    const life = rig.open({ concurrency: 2, sessions: 'life', quota });
    const one = await life.openSession({ tenant: 'a' });
    await one.exec('true');
    await one.exec('true');
    expect(quota.requests.map(({ tenant }) => tenant)).toEqual(['a']);
    await one.close();
    await whenSettled(1);
    expect(quota.settled[0]).toMatchObject({ outputBytes: 0, wallMs: expect.any(Number) });
    const each = rig.open({ concurrency: 2, quota });
    const two = await each.openSession();
    for (const command of ['echo a', 'echo bc']) await two.exec(command);
    await two.close();
    await whenSettled(3);
    expect(quota.settled.slice(1).map((usage) => usage?.outputBytes)).toEqual([2, 3]);
  });

  test('a quota whose leases are none, or throw, holds up nobody', async () => {
    const broken = (lease: object): Quota => ({ admit: async () => lease as Lease });
    const fail = (): never => {
      throw new Error('boom');
    };
    const settle = (): void => {};
    for (const lease of [{}, { settle, run: fail }]) {
      const executor = rig.open({ concurrency: 1, quota: broken(lease) });
      await expect(executor.exec('true')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('quota') });
      expect((await executor.health()).queue).toMatchObject({ queued: 0, running: 0, tenants: [] });
    }
    const executor = rig.open({ concurrency: 1, quota: broken({ settle: fail }) });
    expect((await executor.exec('true')).ok).toBe(true);
    expect((await executor.exec('true')).ok).toBe(true);
    const unready = rig.open({ concurrency: 1, quota: broken({ settle, wait: fail }) });
    const first = unready.spawn(rig.until('z'));
    await poll('it runs', 5_000, () => rig.begun().includes('z'));
    await expect(unready.exec('true')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
    rig.go('z');
    assert.ok((await first.result).ok);
  });
});
