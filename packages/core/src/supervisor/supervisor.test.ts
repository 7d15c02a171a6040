import { afterEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { childrenOf, isAlive, parentOf, startTime } from '../testing/tools/processes.ts';
import { allGone, cleanUp, loopOf, startCommand, supervisorRig } from '../testing/tools/supervisor-rig.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';

afterEach(cleanUp);

describe.each(POSIX_SHELLS)('a supervisor in $name', ({ command: sh }) => {
  test.each([
    ['loop', undefined],
    ['shell', undefined],
    ['relay', undefined],
    ['relay', 60_000],
  ] as const)('is started again when its %s was killed, and knows again what runs (deadline: %s)', async (part, deadlineMs) => {
    const { supervisor, key, channels } = supervisorRig(sh);
    const { pid, pids } = await startCommand(key('a'), 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid, startTime: startTime(pid), killGraceMs: 600, ...(deadlineMs && { deadlineMs }) });
    expect(await supervisor.signal(key('a'), 'SIG0', 'group')).toBe(true);
    const loop = await loopOf(supervisor);
    const shell = parentOf(loop);
    const relay = childrenOf(shell).find((one) => one !== loop) ?? 0;
    expect(Math.min(loop, shell, relay)).toBeGreaterThan(1);
    process.kill({ loop, shell, relay }[part], 'SIGKILL');
    await poll('another was started', 8_000, () => channels.length === 2);
    expect(isAlive(pid)).toBe(true);
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'group')).toBe(true);
    await allGone([...pids, loop, shell, relay]);
  });

  test('is told of a command that registered with one which was dead by the time that this was heard', async () => {
    const { supervisor, key, channels } = supervisorRig(sh);
    const { pid } = await startCommand('', 'echo $$; exec sleep 60');
    const inbox = await supervisor.ready();
    process.kill(await loopOf(supervisor), 'SIGKILL');
    await channels[0]?.closed;
    expect(await supervisor.ready()).not.toBe(inbox);
    supervisor.adopt({ key: key('a'), pid, startTime: startTime(pid), killGraceMs: 600 }, inbox);
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'group')).toBe(true);
    await allGone([pid]);
  });

  test('signals nobody whose pid a command had before the target was started anew', async () => {
    const { supervisor, key, channels } = supervisorRig(sh, { bootId: (nth) => `${nth}` });
    const { pid } = await startCommand('', 'echo $$; exec sleep 60');
    const inbox = await supervisor.ready();
    // The moment is one of a day that had been longer.
    supervisor.adopt({ key: key('a'), pid, startTime: '999999999999', killGraceMs: 600 }, inbox);
    process.kill(await loopOf(supervisor), 'SIGKILL');
    await channels[0]?.closed;
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'tree')).toBe(false);
    expect(isAlive(pid)).toBe(true);
  });

  test('ignores signals that end other processes', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const loop = await loopOf(supervisor);
    const shell = parentOf(loop);
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
      expect(isAlive(shell)).toBe(true);
      process.kill(-shell, signal);
    }
    expect(await supervisor.signal(key('a'), 'SIG0', 'tree')).toBe(false);
    expect(await loopOf(supervisor)).toBe(loop);
  });

  test('costs nothing while nothing needs time, and ticks only while something does', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid } = await startCommand(key('a'), 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid, killGraceMs: 600 });
    const loop = await loopOf(supervisor);
    await supervisor.signal(key('a'), 'SIG0', 'group');
    expect(childrenOf(loop)).toEqual([]);
    supervisor.register({ key: key('a'), pid, deadlineMs: 60_000, killGraceMs: 600 });
    await poll('it ticks', 5_000, () => childrenOf(loop).length > 0);
    supervisor.release(key('a'));
    await poll('it no longer ticks', 5_000, () => childrenOf(loop).length === 0);
  });

  test('is told nothing of a command that is over before the next flush', async () => {
    const { supervisor, key, written } = supervisorRig(sh);
    await supervisor.ready();
    supervisor.register({ key: key('short'), pid: process.pid, killGraceMs: 0 });
    supervisor.release(key('short'));
    supervisor.register({ key: key('long'), pid: process.pid, startTime: '1', killGraceMs: 0 });
    await poll('it was told of the other', 5_000, () => written.some((lines) => lines.includes('R long')));
    expect(written.join('')).not.toContain('short');
  });
});
