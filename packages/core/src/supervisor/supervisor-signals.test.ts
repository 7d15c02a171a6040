import { constants } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { isAlive, sessionOf, startTime } from '../testing/tools/processes.ts';
import { allGone, cleanUp, OWN_GROUP, SETSID, startCommand, supervisorRig } from '../testing/tools/supervisor-rig.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';

const SIGNALS = Object.keys(constants.signals) as NodeJS.Signals[];
const ONE_OF_ITS_NAMES: Partial<Record<NodeJS.Signals, NodeJS.Signals>> = { SIGIOT: 'SIGABRT', SIGPOLL: 'SIGIO' };

afterEach(cleanUp);

describe.each(POSIX_SHELLS)('signals of a supervisor in $name', ({ command: sh }) => {
  test('signals a group, and says whether anything living was there', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid, ended } = await startCommand(key('a'), 'echo $$; sleep 60 & wait');
    supervisor.register({ key: key('a'), pid, killGraceMs: 1000 });
    expect(await supervisor.signal(key('a'), 'SIG0', 'group')).toBe(true);
    expect(await supervisor.signal(key('a'), 'SIGTERM', 'group')).toBe(true);
    await ended;
    await poll('the group is empty', 5_000, async () => !(await supervisor.signal(key('a'), 'SIG0', 'group')));
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'group')).toBe(false);
  });

  test('signals a group whose leader is gone', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid, pids, ended } = await startCommand(key('a'), 'sleep 60 & echo $!');
    await ended;
    supervisor.register({ key: key('a'), pid, startTime: '12345', killGraceMs: 1000 });
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'group')).toBe(true);
    await allGone(pids);
  });

  test('signals what is in the session of a command, in whatever group, and nothing else of its tree', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid, pids, ended } = await startCommand(key('a'), `${OWN_GROUP}; setsid sh -c 'echo $$; exec sleep 60' & echo $$; wait`, 3);
    const members = pids.filter((one) => sessionOf(one) === pid);
    const [stranger = 0, ...others] = pids.filter((one) => sessionOf(one) !== pid);
    expect([members.length > 1, others]).toEqual([true, []]);
    supervisor.register({ key: key('a'), pid, killGraceMs: 1000 });
    expect(await supervisor.signal(key('a'), 'SIG0', 'session')).toBe(true);
    process.kill(pid, 'SIGKILL');
    await ended;
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'session')).toBe(true);
    await allGone(members);
    expect(await supervisor.signal(key('a'), 'SIG0', 'session')).toBe(false);
    expect(isAlive(stranger)).toBe(true);
  });

  test('takes a zombie for gone', async () => {
    const { supervisor, key } = supervisorRig(sh);
    // A parent that never waits: its child, a leader of its own group, stays a zombie.
    const parent = await startCommand(key('p'), "exec 3>&1; setsid sh -c 'echo $$ >&3; exit' & exec sleep 60");
    const [zombie = 0] = parent.pids;
    await poll('it is a zombie', 5_000, () => !isAlive(zombie));
    supervisor.register({ key: key('z'), pid: zombie, startTime: startTime(zombie), killGraceMs: 1000 });
    expect(await supervisor.signal(key('z'), 'SIG0', 'group')).toBe(false);
    expect(await supervisor.signal(key('z'), 'SIG0', 'tree')).toBe(false);
  });

  test('reaches with a tree what left the group: by marker, by session, by descent, and by having been there', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const strayed = `${OWN_GROUP}; ${SETSID} setsid env -i sh -c 'echo $$; exec sleep 60' & echo $$; wait`;
    const { pid, pids } = await startCommand(key('a'), strayed, 4);
    const bystander = await startCommand(key('ab'), 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid, killGraceMs: 1000 });
    expect(await supervisor.signal(key('a'), 'SIG0', 'tree')).toBe(true);
    expect([...pids, bystander.pid].every(isAlive)).toBe(true);
    // The parent dies first; what only descent had found is still remembered.
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'group')).toBe(true);
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'tree')).toBe(true);
    await allGone(pids);
    expect(await supervisor.signal(key('a'), 'SIG0', 'tree')).toBe(false);
    expect(isAlive(bystander.pid)).toBe(true);
  });

  test('tells each process of a tree once', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const counting = "n=0; trap 'n=$((n+1))' USR1; echo $$; while [ $n -eq 0 ]; do sleep 0.05; done; sleep 0.3; echo $n; exec sleep 60";
    const { pid, said } = await startCommand(key('a'), counting);
    supervisor.register({ key: key('a'), pid, killGraceMs: 1000 });
    await supervisor.signal(key('a'), 'SIGUSR1', 'tree');
    await poll('it counted', 5_000, () => said().includes('\n'));
    expect(said()).toBe('1\n');
  });

  test('finds a marker that stands behind that of an outer execution', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pids } = await startCommand(`0f0f.outer:${key('a')}`, 'echo $$; exec sleep 60');
    const deeper = await startCommand(`0f0f.outer:${key('a')}:1e1e.inner`, 'echo $$; exec sleep 60');
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'tree')).toBe(true);
    await allGone([...pids, ...deeper.pids]);
  });

  test('leaves alone a process that was given the pid of a command that is gone', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid } = await startCommand('other', 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid, startTime: '12345', killGraceMs: 1000 });
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'group')).toBe(false);
    expect(await supervisor.signal(key('a'), 'SIGKILL', 'tree')).toBe(false);
    expect(isAlive(pid)).toBe(true);
  });

  test.each(['group', 'tree'] as const)('knows every signal that Node knows, for a %s', async (scope) => {
    const { supervisor, key } = supervisorRig(sh);
    for (const signal of SIGNALS) {
      const { pid, ended } = await startCommand(key(signal), 'ulimit -c 0; echo $$; exec sleep 60');
      supervisor.register({ key: key(signal), pid, killGraceMs: 1000 });
      expect([signal, await supervisor.signal(key(signal), signal, scope)]).toEqual([signal, true]);
      if (['SIGIOT', 'SIGPOLL', 'SIGSTKFLT', 'SIGPWR'].includes(signal)) expect(await ended).toBe(ONE_OF_ITS_NAMES[signal] ?? signal);
      supervisor.release(key(signal));
    }
  });

  test('refuses a signal that the target does not know for a group, and sends a tree none', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid } = await startCommand(key('a'), 'echo $$; exec sleep 60');
    supervisor.register({ key: key('a'), pid, killGraceMs: 1000 });
    await expect(supervisor.signal(key('a'), 'SIGLOST', 'group')).rejects.toMatchObject({
      code: 'EXEC_NOT_SUPPORTED',
      message: expect.stringContaining('SIGLOST'),
    });
    // SIGKILL follows after its grace.
    expect(await supervisor.signal(key('a'), 'SIGLOST', 'tree')).toBe(true);
    expect(isAlive(pid)).toBe(true);
    expect(await supervisor.signal(key('gone'), 'SIGLOST', 'group')).toBe(false);
  });
});
