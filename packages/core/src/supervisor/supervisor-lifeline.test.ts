import { afterEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { childrenOf, isAlive } from '../testing/tools/processes.ts';
import { allGone, cleanUp, loopOf, OWN_GROUP, SETSID, STUBBORN, startCommand, supervisorRig } from '../testing/tools/supervisor-rig.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';

afterEach(cleanUp);

describe.each(POSIX_SHELLS)('the lifeline and deadlines of a supervisor in $name', ({ command: sh }) => {
  test('ends a tree at its deadline, with SIGKILL after the grace', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const polite = await startCommand(key('a'), `${SETSID} echo $$; wait`, 2);
    const stubborn = await startCommand(key('b'), STUBBORN);
    supervisor.register({ key: key('a'), pid: polite.pid, deadlineMs: 100, killGraceMs: 60_000 });
    supervisor.register({ key: key('b'), pid: stubborn.pid, deadlineMs: 100, killGraceMs: 1000 });
    await allGone([...polite.pids, ...stubborn.pids]);
    expect(await stubborn.ended).toBe('SIGKILL');
    expect(await polite.ended).toBe('SIGTERM');
  });

  test('ends at the end of its input what is registered and what is not, but neither a daemon nor strangers', async () => {
    const { supervisor, key, channels } = supervisorRig(sh);
    const strangers = supervisorRig(sh);
    const stubborn = await startCommand(key('a'), STUBBORN);
    const strayed = await startCommand(key('b'), `${OWN_GROUP}; ${SETSID} echo $$; wait`, 3);
    const unregistered = await startCommand(key('c'), 'echo $$; exec sleep 60');
    const daemon = await startCommand(key('d'), SETSID);
    const stranger = await startCommand(strangers.key('a'), 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid: stubborn.pid, killGraceMs: 1000 });
    supervisor.register({ key: key('b'), pid: strayed.pid, killGraceMs: 600 });
    supervisor.register({ key: key('d'), pid: daemon.pid, killGraceMs: 600 });
    supervisor.release(key('d'), { left: true });
    await supervisor.signal(key('a'), 'SIG0', 'group');
    const died = performance.now();
    channels[0]?.stdin.destroy();
    expect(await stubborn.ended).toBe('SIGKILL');
    expect(performance.now() - died).toBeGreaterThan(600);
    await allGone([...stubborn.pids, ...strayed.pids, ...unregistered.pids]);
    expect(await strayed.ended).toBe('SIGTERM');
    await channels[0]?.closed;
    expect(daemon.pids.every(isAlive)).toBe(true);
    expect(isAlive(stranger.pid)).toBe(true);
  });

  test('ends what shows its marker only after the end of input', async () => {
    const { supervisor, key, channels } = supervisorRig(sh);
    await supervisor.ready();
    channels[0]?.stdin.destroy();
    const late = await startCommand('none', `sleep 1; ERRAND_EXECUTION=${key('x')} setsid sh -c 'echo $$; exec sleep 60'`);
    await allGone(late.pids);
  });

  test('where launchers register, ends only what registered', async () => {
    const { supervisor, key, channels } = supervisorRig(sh, { unregistered: false });
    const known = await startCommand(key('a'), 'echo $$; exec sleep 60');
    const other = await startCommand(key('b'), 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid: known.pid, killGraceMs: 600 });
    await supervisor.signal(key('a'), 'SIG0', 'group');
    channels[0]?.stdin.destroy();
    await allGone(known.pids);
    await channels[0]?.closed;
    expect(isAlive(other.pid)).toBe(true);
  });

  test('ends everything when it does not hear from its client, says so, and is started again', async () => {
    // Seven seconds leave one of silence.
    const { supervisor, key, channels } = supervisorRig(sh, { lifelineMs: 7_000, heartbeatMs: 2 ** 30 });
    const { pid, pids, ended } = await startCommand(key('a'), 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid, killGraceMs: 600 });
    await allGone(pids);
    expect(await ended).toBe('SIGTERM');
    expect(supervisor.lifelineExpired(key('a'))).toBe(true);
    supervisor.release(key('a'));
    // The one that expired looks for two more seconds for what it has to end: nothing may start until it is gone.
    await supervisor.ready();
    const next = await startCommand(key('b'), 'echo $$; exec sleep 60');
    await channels[0]?.closed;
    expect(isAlive(next.pid)).toBe(true);
    expect(await supervisor.signal(key('a'), 'SIG0', 'tree')).toBe(false);
    expect(channels.length).toBe(2);
  });

  test('ends nothing while it hears from its client', async () => {
    const { supervisor, key } = supervisorRig(sh, { lifelineMs: 8_000, heartbeatMs: 300 });
    const { pid } = await startCommand(key('a'), 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid, killGraceMs: 600 });
    const loop = await loopOf(supervisor);
    let ticks = 0;
    let ticker = '';
    await poll('four ticks passed', 10_000, () => {
      const now = childrenOf(loop).join();
      if (now !== ticker) ticks += 1;
      ticker = now;
      return ticks > 4;
    });
    expect(isAlive(pid)).toBe(true);
  });

  test('quits without ending anything', async () => {
    const { supervisor, key, channels } = supervisorRig(sh);
    const { pid } = await startCommand(key('a'), 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid, killGraceMs: 600 });
    const loop = await loopOf(supervisor);
    await supervisor.close();
    await channels[0]?.closed;
    expect(isAlive(loop)).toBe(false);
    expect(isAlive(pid)).toBe(true);
    await expect(supervisor.signal(key('a'), 'SIGTERM', 'group')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
  });

  test('keeps a command from running whose start was given up before it registered', async () => {
    const { supervisor, key } = supervisorRig(sh);
    expect(await supervisor.abandon(key('a'))).toBe(false);
    const { pid, pids, ended } = await startCommand(key('a'), `${SETSID} ${STUBBORN}`, 2);
    supervisor.register({ key: key('a'), pid, killGraceMs: 60_000 });
    expect(await ended).toBe('SIGKILL');
    await allGone(pids);
    // It may have run for a moment, so nobody may say that it did not.
    expect(await supervisor.abandon(key('a'))).toBe(true);
  });

  test('ends a command whose start was given up after it registered', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid, pids } = await startCommand(key('a'), STUBBORN);
    supervisor.register({ key: key('a'), pid, killGraceMs: 0 });
    await supervisor.signal(key('a'), 'SIG0', 'group');
    expect(await supervisor.abandon(key('a'))).toBe(true);
    await allGone(pids);
  });
});
