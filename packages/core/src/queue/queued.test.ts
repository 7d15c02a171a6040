import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Execution } from '../execution.ts';
import { localExecutor } from '../local/local-executor.ts';
import { poll } from '../testing/tools/poll.ts';
import { QueueRig } from '../testing/tools/queue-rig.ts';
import { queued } from './queued.ts';
import type { QueuedExecutor } from './queued-executor.ts';

let rig: QueueRig;

beforeEach(() => {
  rig = new QueueRig();
});

afterEach(() => rig.close());

describe('a queued executor', () => {
  test('runs so many at once as concurrency says, and the next when one is over', async () => {
    const executor = rig.open({ concurrency: 2 });
    const executions = ['a', 'b', 'c'].map((name) => executor.spawn(rig.until(name)));
    await poll('two run', 5_000, () => rig.begun().length === 2);
    expect(executions.map(({ state }) => state)).toEqual(['running', 'running', 'queued']);
    const { queue, running } = await executor.health();
    expect(queue).toMatchObject({ queued: 1, running: 2, concurrency: 2, classes: [{ priority: 'normal', queued: 1 }] });
    expect(running).toBeGreaterThanOrEqual(2);
    rig.go('b');
    await poll('the third runs', 5_000, () => rig.begun().includes('c'));
    for (const name of ['a', 'c']) rig.go(name);
    const results = await Promise.all(executions.map(({ result }) => result));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(results[2]?.timings.queuedMs).toBeGreaterThan(0);
  });

  test('never runs more than concurrency at once, counted where they run', async () => {
    const executor = rig.open({ concurrency: 3 });
    const count = `mkdir ${rig.directory}/running.$$ && set -- ${rig.directory}/running.* && echo $#; sleep 0.02; rmdir ${rig.directory}/running.$$`;
    const results = await Promise.all(Array.from({ length: 40 }, () => executor.exec(count)));
    const most = Math.max(...results.map(({ stdout }) => Number(stdout.text)));
    expect(most).toBe(3);
  });

  test('gives turns by priority, which may change while one waits', async () => {
    const executor = rig.open({ concurrency: 1 });
    const first = executor.spawn(rig.until('first'));
    await poll('it runs', 5_000, () => rig.begun().length === 1);
    const order: string[] = [];
    const wait = (name: string, priority: 'high' | 'normal' | 'low' | number): Execution => {
      const execution = executor.spawn('true', { priority });
      execution.result.then(() => order.push(name));
      return execution;
    };
    const waiting = [wait('low', 'low'), wait('normal', 'normal'), wait('also', 0), wait('high', 'high'), wait('late', 'low')];
    expect(executor.position(waiting[2]?.id ?? '')).toBe(1);
    expect(executor.setPriority(waiting[4]?.id ?? '', 20)).toBe(true);
    expect(executor.setPriority(first.id, 20)).toBe(false);
    expect(executor.position(first.id)).toBeUndefined();
    rig.go('first');
    await Promise.all(waiting.map(({ result }) => result));
    await new Promise(setImmediate);
    expect(order).toEqual(['late', 'high', 'normal', 'also', 'low']);
  });

  test('runs what was submitted before drain(), in this turn too', async () => {
    const executor = rig.open({ concurrency: 1 });
    const session = await executor.openSession();
    const submitted = [executor.exec('echo one'), session.exec('echo two'), session.exec('echo three'), executor.exec('echo four')];
    const drained = executor.drain();
    await expect(executor.exec('echo no')).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
    await drained;
    const outputs = (await Promise.all(submitted)).map(({ stdout }) => stdout.text);
    expect(outputs).toEqual(['one\n', 'two\n', 'three\n', 'four\n']);
  });

  test('has a turn again as soon as a detached command was let go of, which goes on', async () => {
    const executor = rig.open({ concurrency: 1 });
    const detached = executor.spawn(rig.until('detached'), { detached: true, keepMs: 1_000 });
    await poll('it runs', 5_000, () => rig.begun().length === 1);
    const waits = executor.exec('echo on', { queueTimeoutMs: 10_000 });
    await detached[Symbol.asyncDispose]();
    expect((await waits).stdout.text).toBe('on\n');
    rig.go('detached');
    const attached = await executor.attach(detached.id);
    expect((await attached.result).ok).toBe(true);
  });

  test('forgets tenants that it refused, and says since when the oldest waits though it was moved', async () => {
    const executor = rig.open({ concurrency: 1, maxQueuedPerTenant: 1 });
    const first = executor.spawn(rig.until('first'), { tenant: 'one' });
    const moved = executor.spawn('true', { tenant: 'two' });
    await expect(executor.exec('true', { tenant: 'two' })).rejects.toMatchObject({ code: 'EXEC_QUEUE_FULL' });
    await poll('it waits for a while', 5_000, async () => (await executor.health()).queue.oldestWaitMs > 100);
    const later = executor.spawn('true', { tenant: 'three', priority: 'high' });
    executor.setPriority(moved.id, 'high');
    const { queue } = await executor.health();
    expect(queue.oldestWaitMs).toBeGreaterThan(100);
    expect(queue.tenants.map(({ tenant }) => tenant)).toEqual(['one', 'two', 'three']);
    rig.go('first');
    await Promise.all([first.result, moved.result, later.result]);
    await poll('nobody is left', 5_000, async () => (await executor.health()).queue.tenants.length === 0);
  });

  test('lets a tenant through that another one floods', async () => {
    const executor = rig.open({ concurrency: 1, weights: { flood: 1 } });
    const order: string[] = [];
    const submit = (tenant: string): Promise<unknown> => executor.exec('true', { tenant }).then(() => order.push(tenant));
    const flood = Array.from({ length: 20 }, () => submit('flood'));
    await new Promise(setImmediate);
    await submit('other');
    expect(order.length).toBeLessThanOrEqual(3);
    await Promise.all(flood);
  });

  test('holds a tenant to maxRunningPerTenant, and lets others pass', async () => {
    const executor = rig.open({ concurrency: 4, maxRunningPerTenant: 1 });
    const executions = ['a1', 'a2', 'b1'].map((name) => executor.spawn(rig.until(name), { tenant: name.slice(0, 1) }));
    await poll('two run', 5_000, () => rig.begun().length === 2);
    expect(rig.begun()).toEqual(['a1', 'b1']);
    expect((await executor.health()).queue.tenants).toEqual([
      { tenant: 'a', queued: 1, running: 1 },
      { tenant: 'b', queued: 0, running: 1 },
    ]);
    for (const name of ['a1', 'a2', 'b1']) rig.go(name);
    await Promise.all(executions.map(({ result }) => result));
  });

  test('refuses one more than may wait, in all and of a tenant', async () => {
    const executor = rig.open({ concurrency: 1, maxQueued: 2, maxQueuedPerTenant: 1 });
    const first = executor.spawn(rig.until('first'));
    await poll('it runs', 5_000, () => rig.begun().length === 1);
    const waits = executor.exec('true', { tenant: 'a' });
    await expect(executor.exec('true', { tenant: 'a' })).rejects.toMatchObject({
      code: 'EXEC_QUEUE_FULL',
      message: expect.stringContaining("the tenant 'a'"),
    });
    const other = executor.exec('true', { tenant: 'b' });
    await expect(executor.exec('true', { tenant: 'c' })).rejects.toMatchObject({
      code: 'EXEC_QUEUE_FULL',
      message: expect.stringContaining('2 commands'),
    });
    rig.go('first');
    expect([(await first.result).ok, (await waits).ok, (await other).ok]).toEqual([true, true, true]);
  });

  test.each([
    ['its queueTimeoutMs', 'EXEC_QUEUE_TIMEOUT', (executor: QueuedExecutor) => executor.spawn('true', { queueTimeoutMs: 50 })],
    [
      'kill()',
      'EXEC_CLOSED',
      (executor: QueuedExecutor) => {
        const execution = executor.spawn('true');
        setImmediate(() => execution.kill());
        return execution;
      },
    ],
    [
      'an abort',
      'AbortError',
      (executor: QueuedExecutor) => {
        const abort = new AbortController();
        setImmediate(() => abort.abort());
        return executor.spawn('true', { signal: abort.signal });
      },
    ],
  ])('takes one out by %s, which certainly did not start', async (_how, code, submit) => {
    const executor = rig.open({ concurrency: 1 });
    const first = executor.spawn(rig.until('first'));
    await poll('it runs', 5_000, () => rig.begun().length === 1);
    const fault = await submit(executor).result.then(String, (error: { code: unknown; name: string }) =>
      typeof error.code === 'string' ? error.code : error.name,
    );
    expect(fault).toBe(code);
    expect((await executor.health()).queue.queued).toBe(0);
    rig.go('first');
    expect((await first.result).ok).toBe(true);
  });

  test('gives no turn while it is paused, and all when it goes on', async () => {
    const executor = rig.open({ concurrency: 2 });
    executor.pause();
    const results = ['a', 'b', 'c'].map(() => executor.exec('true'));
    await new Promise(setImmediate);
    expect((await executor.health()).queue).toMatchObject({ queued: 3, running: 0, paused: true });
    executor.resume();
    expect((await Promise.all(results)).every(({ ok }) => ok)).toBe(true);
  });

  test('drains: what waits runs, nothing new is taken', async () => {
    const executor = rig.open({ concurrency: 1 });
    const results = [executor.exec(rig.until('a')), executor.exec('true')];
    await poll('it runs', 5_000, () => rig.begun().length === 1);
    let drained = false;
    const draining = executor.drain().then(() => {
      drained = true;
    });
    await expect(executor.exec('true')).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
    expect(drained).toBe(false);
    rig.go('a');
    expect((await Promise.all(results)).every(({ ok }) => ok)).toBe(true);
    await draining;
  });

  test('closing it keeps those that wait from starting, and cancels those that run', async () => {
    const executor = rig.open({ concurrency: 1 });
    const first = executor.spawn(rig.until('first'));
    const waits = executor.spawn(rig.until('second'));
    await poll('it runs', 5_000, () => rig.begun().length === 1);
    await executor.close();
    expect((await first.result).outcome).toBe('cancelled');
    await expect(waits.result).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
    await expect(executor.exec('true')).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
    expect(rig.begun()).toEqual(['first']);
  });

  test('two submissions under one key take one turn', async () => {
    const executor = rig.open({ concurrency: 1 });
    const [one, two] = ['a', 'a'].map(() => executor.spawn('echo $$', { idempotencyKey: 'k' }));
    expect((await one?.result)?.stdout.text).toBe((await two?.result)?.stdout.text);
    await one?.released;
    expect((await executor.health()).queue).toMatchObject({ queued: 0, running: 0 });
  });

  test('what is submitted badly takes no turn', async () => {
    const executor = rig.open({ concurrency: 1 });
    for (const options of [{ priority: 'urgent' }, { queueTimeoutMs: 0 }, { turn: 5 }, [], null, 'x', { nothing: 1 }])
      await expect(executor.exec('true', options as object)).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
    await expect(executor.exec(['/nowhere'])).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
    expect((await executor.health()).queue).toMatchObject({ queued: 0, running: 0 });
    expect((await executor.exec('true')).ok).toBe(true);
  });

  test('what could not be read once, or is no turn, is not read again without one', async () => {
    const executor = rig.open({ concurrency: 1 });
    executor.pause();
    let reads = 0;
    const unreadable = {
      get cwd(): string {
        reads += 1;
        throw new Error('read');
      },
    };
    let turns = 0;
    const changing = {
      get turn(): string | undefined {
        turns += 1;
        return turns === 1 ? 'x' : undefined;
      },
    };
    for (const options of [unreadable, changing])
      await expect(executor.exec('true', options as object)).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
    await expect(executor.spawn('true', unreadable).result).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
    expect([reads, turns]).toEqual([2, 1]);
  });

  test('without a queue, priority and queueTimeoutMs are refused', async () => {
    await using executor = localExecutor();
    for (const options of [{ priority: 'high' }, { queueTimeoutMs: 5 }] as const) {
      await expect(executor.exec('true', options)).rejects.toMatchObject({ code: 'EXEC_NOT_SUPPORTED' });
      await expect(executor.openTerminal(options)).rejects.toMatchObject({ code: 'EXEC_NOT_SUPPORTED' });
    }
  });

  test.each([
    [{}, 'concurrency'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ concurrency: 1, maxQueued: -1 }, 'maxQueued'],
    [{ concurrency: 1, weights: { a: 0 } }, 'weights.a'],
    [{ concurrency: 1, sessions: 'x' }, 'sessions'],
    [{ concurrency: 1, nothing: 1 }, 'nothing'],
  ])('refuses the options %j', (options, option) => {
    const inner = localExecutor();
    expect(() => queued(inner, options as never)).toThrow(
      expect.objectContaining({ code: 'EXEC_INVALID_OPTION', detail: expect.objectContaining({ option }) }),
    );
    return inner.close();
  });
});
