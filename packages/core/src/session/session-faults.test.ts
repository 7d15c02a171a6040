import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type ExecError, isExecError } from '../errors.ts';
import { poll } from '../testing/tools/poll.ts';
import { parentOf } from '../testing/tools/processes.ts';
import { rejection } from '../testing/tools/refused.ts';
import { said } from '../testing/tools/said.ts';
import { begun, cleanUp, closedWhole, goesOnOrSaysWhy, OWN_PID, type SessionRig, sessionRig } from '../testing/tools/session-rig.ts';
import { namedShells } from '../testing/tools/test-shells.ts';
import { within } from '../testing/tools/within.ts';

const { shells, remove } = namedShells();
afterAll(remove);
afterEach(cleanUp);

/** The shell is lost once: from then on its parent is the checkpoint that has been woken. */
async function takenOver(shell: string): Promise<SessionRig & { parent: number }> {
  const one = await sessionRig(shell);
  expect((await one.session.exec('kill -9 $$')).exitCode).toBe(137);
  const pid = Number(await said(one.session, OWN_PID));
  expect(pid).not.toBe(one.pid);
  const parent = parentOf(pid);
  expect(parent).not.toBe(one.leader);
  return { ...one, pid, parent };
}

describe.each(shells)('a session in $name', ({ file }) => {
  test('whose shell is killed while it is idle closes by itself and says why', async () => {
    const one = await sessionRig(file);
    process.kill(one.pid, 'SIGKILL');
    await poll('The session should close', 5_000, () => one.session.state === 'closed');
    const error = (await rejection(one.session.exec('echo no'))) as Error;
    expect(error).toMatchObject({ code: 'EXEC_SESSION_CLOSED', message: expect.stringContaining('status 137') });
    await closedWhole(one);
  });

  test('whose shell is killed when commands had ended it before says how many', async () => {
    const one = await takenOver(file);
    process.kill(one.pid, 'SIGKILL');
    await poll('The session should close', 5_000, () => one.session.state === 'closed');
    const error = (await rejection(one.session.exec('echo no'))) as Error;
    expect(error.message).toContain('status 137, after 1 of its commands had ended it');
    await closedWhole(one);
  });

  test('whose shell is killed in a command from outside tells it, and goes on', async () => {
    const one = await sessionRig(file);
    const execution = await begun(one.session, 'A=after; echo on; while :; do sleep 0.1; done');
    process.kill(one.pid, 'SIGKILL');
    const { outcome, exitCode, stdout } = await within(10_000, execution.result, 'the result');
    expect(stdout.text).toBe('on\n');
    if (outcome !== 'unknown') expect([outcome, exitCode]).toEqual(['exited', 137]);
    expect(await goesOnOrSaysWhy(one.session)).toBe('on');
    await closedWhole(one);
  });

  test.each(['kill -STOP 0', 'kill -STOP $PPID; sleep 60'])(
    'whose command stops all of it by %s times out, and goes on',
    async (script) => {
      const one = await sessionRig(file);
      const execution = one.session.exec(`A=after; ${script}; echo not`, { timeoutMs: 300, killGraceMs: 300 });
      expect(await within(10_000, execution, 'the result')).toMatchObject({ outcome: 'timed-out', stdout: { text: '' } });
      expect(await said(one.session, 'echo $A $1')).toBe('before arg\n');
      await closedWhole(one);
    },
  );

  test('whose leader is killed is closed and says why', async () => {
    const one = await sessionRig(file);
    const execution = await begun(one.session, 'echo on; sleep 60');
    process.kill(one.leader, 'SIGKILL');
    expect(await within(10_000, execution.result, 'the result')).toMatchObject({ outcome: 'unknown', stdout: { text: 'on\n' } });
    expect(await goesOnOrSaysWhy(one.session)).toBe('closed');
    await closedWhole(one);
  });

  test('that is lost while pipes are made for a command does not hang', async () => {
    const one = await sessionRig(file);
    const call = one.session.exec('cat', { stdin: 'x' });
    process.kill(one.leader, 'SIGKILL');
    const end = await within(
      10_000,
      call.catch((fault: ExecError) => fault),
      'the end',
    );
    // It may have been sent before it was lost, and even have ended.
    if (!isExecError(end))
      expect([end.outcome, end.outcome === 'exited' ? end.stdout.text : 'x']).toEqual([expect.stringMatching(/^(unknown|exited)$/), 'x']);
    else expect(end).toMatchObject({ code: 'EXEC_SESSION_CLOSED', message: expect.stringContaining('The session is closed: ') });
    await closedWhole(one);
  });

  test.each(['exit 3', 'kill -9 $p', 'sleep 60', 'echo on', 'sleep 60 & (while :; do sleep 60; done) & exit 3'])(
    'whose parent is killed while it is idle does not hang: %s',
    async (script) => {
      const one = await takenOver(file);
      process.kill(one.parent, 'SIGKILL');
      const execution = one.session.exec(script, { timeoutMs: 500, killGraceMs: 300 });
      const result = await within(15_000, execution, 'the result');
      if (result.outcome === 'exited') expect([result.exitCode, result.stdout.text]).toEqual([0, 'on\n']);
      else expect(['unknown', 'timed-out']).toContain(result.outcome);
      await within(15_000, goesOnOrSaysWhy(one.session), 'the next command');
      await closedWhole(one);
    },
  );

  test('whose parent is killed in a command does not hang', async () => {
    const one = await takenOver(file);
    await said(one.session, 'A=before; (while :; do sleep 60; done) &');
    const execution = await begun(one.session, 'echo on; sleep 60');
    process.kill(one.parent, 'SIGKILL');
    expect(await within(10_000, execution.result, 'the result')).toMatchObject({ outcome: 'unknown', stdout: { text: 'on\n' } });
    expect(await goesOnOrSaysWhy(one.session)).toBe('closed');
    await closedWhole(one);
  });
});
