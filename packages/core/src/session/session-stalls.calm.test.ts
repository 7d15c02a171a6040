import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { localExecutor } from '../local/local-executor.ts';
import { poll } from '../testing/tools/poll.ts';
import { childrenOf, isAlive } from '../testing/tools/processes.ts';
import { assertGivenBack } from '../testing/tools/resources.ts';
import { said } from '../testing/tools/said.ts';
import {
  begun,
  cleanUp,
  closedWhole,
  executorMarkerOf,
  goesOnOrSaysWhy,
  nothingCarries,
  sessionRig,
} from '../testing/tools/session-rig.ts';
import { namedShells } from '../testing/tools/test-shells.ts';
import { within } from '../testing/tools/within.ts';

const { shells, remove } = namedShells();
afterAll(remove);
afterEach(cleanUp);

/** The shell itself prints, so that it can be stopped while it does. */
const PRINT = 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i + 1)); done; (exit 5)';
const PRINTED = Array.from({ length: 5_000 }, (_, i) => `line ${i}\n`).join('');

/** Stops a process, and lets it go on after a while: how long it stands is the fault. */
function pause(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  setTimeout(() => process.kill(pid, 'SIGCONT'), 1_500);
}

/** The processes of the supervisor that was started since: its shell, and the two children of that. */
async function supervisorSince(before: ReadonlySet<number>): Promise<readonly [number, number, number]> {
  let found: number[] = [];
  await poll('The supervisor should be up', 5_000, () => {
    const shell = childrenOf(process.pid).find((pid) => !before.has(pid) && childrenOf(pid).length === 2) ?? 0;
    found = [shell, ...childrenOf(shell)];
    return shell !== 0 && found.length === 3;
  });
  return found as [number, number, number];
}

describe.each(shells)('a session in $name', ({ file }) => {
  test('whose shell is stopped for a while tells what is right', async () => {
    const one = await sessionRig(file);
    pause(one.pid);
    expect(await goesOnOrSaysWhy(one.session)).toBe('on');
    const execution = await begun(one.session, PRINT, { maxOutputBytes: 2 ** 20 });
    pause(one.pid);
    const { outcome, exitCode, stdout } = await within(10_000, execution.result, 'the result');
    expect([outcome, exitCode]).toEqual(['exited', 5]);
    expect(stdout.text === PRINTED).toBe(true);
    expect(await goesOnOrSaysWhy(one.session)).toBe('on');
    await closedWhole(one);
  });

  test('whose shell is stopped for ever gives its command up', async () => {
    const one = await sessionRig(file, { startTimeoutMs: 3_000, killGraceMs: 300 });
    process.kill(one.pid, 'SIGSTOP');
    const execution = one.session.exec('echo on', { timeoutMs: 60_000 });
    const said = execution.then(
      ({ outcome }) => outcome,
      (error) => error.code,
    );
    expect(await within(15_000, said, 'the result')).toMatch(/^(unknown|EXEC_START_TIMEOUT)$/);
    await poll('The session should close', 10_000, () => one.session.state === 'closed');
    expect(await goesOnOrSaysWhy(one.session)).toBe('closed');
    await closedWhole(one);
  });

  test('whose shell is stopped for ever in a command is ended by a timeout', async () => {
    const one = await sessionRig(file);
    const execution = await begun(one.session, `A=after; echo on; while :; do sleep 0.1; done`, { timeoutMs: 800 });
    process.kill(one.pid, 'SIGSTOP');
    const { outcome, stdout } = await within(10_000, execution.result, 'the result');
    expect([outcome, stdout.text]).toEqual(['timed-out', 'on\n']);
    expect(await goesOnOrSaysWhy(one.session)).toBe('on');
    await closedWhole(one);
  });

  test('whose client is blocked while a command prints and ends hears all of it', async () => {
    const one = await sessionRig(file);
    const execution = await begun(one.session, `echo on; sleep 0.2; echo err >&2; ${PRINT}`, { maxOutputBytes: 2 ** 20 });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
    const { outcome, exitCode, stdout, stderr } = await within(10_000, execution.result, 'the result');
    expect([outcome, exitCode, stderr.text]).toEqual(['exited', 5, 'err\n']);
    expect(stdout.text === `on\n${PRINTED}`).toBe(true);
    expect(await goesOnOrSaysWhy(one.session)).toBe('on');
    await closedWhole(one);
  });

  test.each(['its loop and its relay', 'all of it'])('whose supervisor is killed in a command, %s, has timeouts', async (what) => {
    const before = new Set(childrenOf(process.pid));
    const one = await sessionRig(file);
    const supervisor = await supervisorSince(before);
    const execution = await begun(one.session, 'A=after; echo on; sleep 60', { timeoutMs: 1_500 });
    for (const pid of what === 'all of it' ? supervisor : supervisor.slice(1)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    const first = await within(15_000, execution.result, 'the first result');
    expect([first.outcome, first.stdout.text]).toEqual(['timed-out', 'on\n']);
    expect(await goesOnOrSaysWhy(one.session)).toBe('on');
    const second = await within(15_000, one.session.exec('A=after; sleep 60', { timeoutMs: 300, killGraceMs: 300 }), 'the second result');
    expect(second.outcome).toBe('timed-out');
    expect(await goesOnOrSaysWhy(one.session)).toBe('on');
    await closedWhole(one);
  });
});

test('200 sessions at once are all right, and leave nothing', async () => {
  const executor = localExecutor();
  const first = await executor.openSession();
  const marker = executorMarkerOf(await said(first, 'echo $ERRAND_EXECUTION'));
  const use = async (_: unknown, i: number): Promise<void> => {
    const session = await executor.openSession();
    await said(session, `A=${i}`);
    expect(await said(session, 'echo $A')).toBe(`${i}\n`);
    expect((await session.exec('(exit 3)')).exitCode).toBe(3);
    await session.close();
  };
  await first.close();
  const round = async (): Promise<void> => void (await Promise.all(Array.from({ length: 200 }, use)));
  // What Node itself keeps from then on is no leak.
  await round();
  await assertGivenBack(2, round);
  await executor.close();
  await nothingCarries(marker);
}, 120_000);
