import { afterEach, describe, expect, test } from 'vitest';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';
import { lineExecutor } from '../testing/line-executor.ts';
import { poll } from '../testing/tools/poll.ts';
import { childrenOf, isAlive } from '../testing/tools/processes.ts';
import { allGone, cleanUp, loopOf, startCommand, supervisorRig } from '../testing/tools/supervisor-rig.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import type { Supervisor } from './supervisor.ts';

const executors: Executor[] = [];
afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.close()));
  await cleanUp();
});

/** Says which signals it got, and goes on. */
const TOLD = "trap 'echo INT' INT; trap 'echo TERM' TERM; echo $$; while :; do sleep 0.1; done";

/** The supervisor's clock: each tick is a child of its own. */
async function ticks(supervisor: Supervisor, count: number): Promise<void> {
  const loop = await loopOf(supervisor);
  const seen = new Set<number>();
  await poll(`${count} ticks passed`, 15_000, () => {
    for (const ticker of childrenOf(loop)) seen.add(ticker);
    return seen.size > count;
  });
}

describe.each(POSIX_SHELLS)('a supervisor in $name', ({ command: sh }) => {
  test('sends nothing of its own in the grace of a tree that its client is ending, deadline or not', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid, said, ended } = await startCommand(key('a'), TOLD);
    supervisor.register({ key: key('a'), pid, deadlineMs: 100, killGraceMs: 5_000 });
    supervisor.ending(key('a'));
    expect(await supervisor.signal(key('a'), 'SIGINT', 'tree')).toBe(true);
    await ticks(supervisor, 5);
    expect(isAlive(pid)).toBe(true);
    expect(said()).toBe('INT\n');
    // The client does not come to it.
    expect(await ended).toBe('SIGKILL');
    expect(said()).toBe('INT\n');
  });

  test('ends with SIGKILL what its client began to end without a deadline and did not finish', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid, said, ended } = await startCommand(key('a'), TOLD);
    supervisor.register({ key: key('a'), pid, killGraceMs: 1_000 });
    supervisor.ending(key('a'));
    expect(await ended).toBe('SIGKILL');
    expect(said()).toBe('');
    const loop = await loopOf(supervisor);
    await poll('it no longer ticks', 5_000, () => childrenOf(loop).length === 0);
  });

  test('does nothing more to what its client ended and released', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid, said } = await startCommand(key('a'), TOLD);
    supervisor.register({ key: key('a'), pid, deadlineMs: 100, killGraceMs: 0 });
    supervisor.ending(key('a'));
    await supervisor.signal(key('a'), 'SIG0', 'tree');
    supervisor.release(key('a'));
    const loop = await loopOf(supervisor);
    await poll('it no longer ticks', 5_000, () => childrenOf(loop).length === 0);
    expect(isAlive(pid)).toBe(true);
    expect(said()).toBe('');
  });

  test('leaves its client two seconds to keep a deadline itself, and then keeps it', async () => {
    const { supervisor, key } = supervisorRig(sh);
    const { pid, pids, said, ended } = await startCommand(key('a'), TOLD);
    supervisor.register({ key: key('a'), pid, deadlineMs: 1_000, killGraceMs: 1_000 });
    await ticks(supervisor, 2);
    expect(said()).toBe('');
    await poll('it got SIGTERM', 8_000, () => said() === 'TERM\n');
    expect(await ended).toBe('SIGKILL');
    await allGone(pids);
  });
});

const EXECUTORS: Readonly<Record<string, () => Executor>> = {
  local: () => localExecutor(),
  launched: () => lineExecutor({ loginShell: '/bin/sh' }),
};

describe.each(Object.entries(EXECUTORS))('with the %s executor', (_name, make) => {
  test('a command that cleans up at the signal of its timeout has its whole grace, and gets no second signal', async () => {
    const executor = make();
    executors.push(executor);
    const cleaning =
      "process.once('SIGINT', () => setTimeout(() => { console.log('cleaned'); process.exit(0); }, 4500)); setInterval(() => {}, 1e3);";
    const command = [process.execPath, '-e', `${cleaning} process.on('SIGTERM', () => console.log('SIGTERM'));`];
    const result = await executor.exec(command, { timeoutMs: 800, killSignal: 'SIGINT', killGraceMs: 9_000 });
    expect(result.outcome).toBe('timed-out');
    expect(result.stdout.text).toBe('cleaned\n');
  });
});
