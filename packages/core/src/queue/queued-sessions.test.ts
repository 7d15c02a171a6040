import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { QueueRig } from '../testing/tools/queue-rig.ts';

let rig: QueueRig;

beforeEach(() => {
  rig = new QueueRig();
});

afterEach(() => rig.close());

describe('what is opened behind a queue', () => {
  test("a session's commands wait for turns one by one, its opening does not", async () => {
    const executor = rig.open({ concurrency: 1 });
    const first = executor.spawn(rig.until('first'));
    await poll('it runs', 5_000, () => rig.begun().length === 1);
    const session = await executor.openSession({ tenant: 'a' });
    const inSession = session.spawn('echo on', { priority: 'high' });
    await new Promise(setImmediate);
    await poll('it waits', 5_000, async () => (await executor.health()).queue.queued === 1);
    expect(inSession.state).toBe('queued');
    rig.go('first');
    expect((await inSession.result).stdout.text).toBe('on\n');
    expect((await first.result).ok).toBe(true);
    await session.close();
  });

  test('a session that holds its turn for life gives it back when it ends, however it does', async () => {
    const executor = rig.open({ concurrency: 1, sessions: 'life' });
    const session = await executor.openSession();
    const waits = executor.spawn('echo on');
    await new Promise(setImmediate);
    expect((await session.exec('echo in')).stdout.text).toBe('in\n');
    expect(waits.state).toBe('queued');
    await session.exec('exit 3');
    expect((await waits.result).stdout.text).toBe('on\n');
  });

  test('a terminal has a turn from its opening to its end', async () => {
    const executor = rig.open({ concurrency: 1 });
    const terminal = await executor.openTerminal({ command: rig.until('terminal') });
    const waits = executor.spawn('echo on');
    await expect(executor.openTerminal({ command: 'true', queueTimeoutMs: 50 })).rejects.toMatchObject({ code: 'EXEC_QUEUE_TIMEOUT' });
    expect(waits.state).toBe('queued');
    rig.go('terminal');
    expect((await terminal.result).exitCode).toBe(0);
    expect((await waits.result).ok).toBe(true);
  });

  test("a session's command that waits for a turn leaves the queue when its shell is gone", async () => {
    const executor = rig.open({ concurrency: 1 });
    const session = await executor.openSession();
    const pid = Number((await session.exec('echo $$')).stdout.text);
    executor.pause();
    const waits = session.spawn('echo on');
    await poll('it waits', 5_000, async () => (await executor.health()).queue.queued === 1);
    process.kill(pid, 'SIGKILL');
    await expect(waits.result).rejects.toMatchObject({ code: 'EXEC_SESSION_CLOSED' });
    expect((await executor.health()).queue).toMatchObject({ queued: 0, running: 0 });
  });

  test('terminals and sessions that hold a turn are those of the tenant whose executor it is', async () => {
    const executor = rig.open({ concurrency: 2, sessions: 'life' }, { defaults: { tenant: 'ours' } });
    await using _terminal = await executor.openTerminal({ command: rig.until('terminal') });
    await using _session = await executor.openSession();
    expect((await executor.health()).queue.tenants).toEqual([{ tenant: 'ours', queued: 0, running: 2 }]);
  });

  test('closing it refuses what waits to be opened', async () => {
    const executor = rig.open({ concurrency: 1, sessions: 'life' });
    executor.pause();
    const opening = [executor.openSession(), executor.openTerminal({ command: 'true' })];
    const refused = Promise.all(opening.map((one) => expect(one).rejects.toMatchObject({ code: 'EXEC_CLOSED' })));
    await poll('both wait', 5_000, async () => (await executor.health()).queue.queued === 2);
    await executor.close();
    await refused;
  });
});
