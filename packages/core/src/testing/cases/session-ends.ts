import assert from 'node:assert/strict';
import type { Session } from '../../session.ts';
import type { Concern, Kit } from '../case.ts';
import { poll } from '../tools/poll.ts';
import { refused, rejection } from '../tools/refused.ts';
import { assertGivenBack } from '../tools/resources.ts';
import { said } from '../tools/said.ts';
import { SLEEP, START_DAEMON } from '../tools/scripts.ts';
import { gone, isRunning } from '../tools/target.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** What ends a command and not its session, what ends the session, and what is left then. */
export const sessionEnds: Concern = {
  name: 'a session outlives its commands, and nothing outlives a session',
  cases: ({ sessions, containment }) =>
    sessions
      ? [
          { name: 'exit ends a session with its code', run: exits },
          { name: 'set -e, an unset parameter and unfinished syntax end the command, not the session', run: faults },
          { name: 'a command of a session may kill its shell', run: killedShell },
          { name: 'a command of a session may kill its process group', run: killedGroup },
          { name: "what an EXIT trap of a session prints is its last command's", run: trapped },
          { name: 'a timeout in a session ends the tree, runs nothing of the rest, and leaves the state from before', run: timedOut },
          { name: 'interrupt() ends the running command and leaves the state from before', run: interrupted },
          { name: 'interrupt() at the very end of a command leaves the session', run: interruptedAtItsEnd },
          { name: 'a command of a session that is given up while it waits lets no other run too early', run: givenUp },
          { name: 'an aborted signal ends a command of a session, or keeps it from starting', run: aborted },
          ...(containment === 'group' ? [] : [{ name: 'a daemon that a session started ends with the session', run: daemon }]),
          { name: 'a background job of a session outlives a timeout, and ends with the session', run: jobs },
          { name: "a background job's late output is in no result, and is counted", run: lateOutput },
          { name: 'a closed session refuses commands', run: closed },
          { name: 'close() of the executor closes its sessions', run: executorCloses },
          { name: 'a thousand commands in a session leave nothing', patience: 2, run: thousand },
        ]
      : [],
};

async function exits({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  assert.equal(await said(session, '(exit 4); echo $?'), '4\n');
  assert.equal((await session.exec('f() { exit 3; }; f; echo no')).exitCode, 3);
  await refused(session.exec('echo no'), 'EXEC_SESSION_CLOSED');
  const other = await executor.openSession();
  assert.equal((await other.exec("trap 'exit 9' EXIT; exit 5")).exitCode, 9);
  const another = await executor.openSession();
  const words = ['printf', 'read', 'command', 'kill'].map((word) => `${word}() { echo mine; }`).join('; ');
  assert.equal((await another.exec(`${words}; exit 6`)).exitCode, 6);
  await refused(another.exec('echo no'), 'EXEC_SESSION_CLOSED');
}

async function faults({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  await said(session, 'A=kept');
  for (const script of ['set -e; false; echo NEVER', 'echo "${KIT_UNSET?}"; echo NEVER', 'if true; then', 'echo "unfinished', ')']) {
    const { outcome, ok, stdout, stderr, reason } = await session.exec(script);
    assert.deepEqual([outcome, ok, stdout.text], ['exited', false, ''], `${script}: ${reason}: ${stderr.text}`);
    assert.equal(await said(session, 'echo $A'), 'kept\n');
  }
}

async function killedShell({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  await said(session, 'A=kept');
  const { ok, stdout, stderr } = await session.exec('A=lost; echo out; kill -9 $$; echo NEVER');
  assert.deepEqual([ok, stdout.text, stderr.text], [false, 'out\n', '']);
  assert.equal(await said(session, 'echo $A'), 'kept\n');
}

async function killedGroup({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  await said(session, 'A=kept');
  for (const signal of ['TERM', 'HUP', 'TERM']) {
    const { outcome, ok, stdout } = await session.exec(`A=lost; echo out; kill -${signal} 0; sleep 60; echo NEVER`);
    assert.deepEqual([outcome, ok, stdout.text], ['exited', false, 'out\n']);
    assert.equal(await said(session, 'echo $A'), 'kept\n');
  }
}

async function trapped({ executor }: Kit): Promise<void> {
  for (const end of ['exit 3', 'set -e; (exit 3); echo NEVER']) {
    const session = await executor.openSession();
    await said(session, "trap 'echo bye; echo BYE >&2' EXIT");
    const { exitCode, stdout, stderr } = await session.exec(`echo out; ${end}`);
    assert.deepEqual([exitCode, stdout.text, stderr.text], [3, 'out\nbye\n', 'BYE\n'], end);
  }
}

async function timedOut({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  await said(session, 'A=before');
  for (let i = 0; i < 3; i++) {
    const script = `A=after; ${SLEEP} & echo $!; trap '' TERM; (while :; do sleep 1; done); echo NEVER`;
    const { outcome, stdout } = await session.exec(script, { timeoutMs: 200, killGraceMs: 200 });
    assert.equal(outcome, 'timed-out');
    assert.match(stdout.text, /^\d+\n$/);
    await gone(executor, stdout.text.trim());
    assert.equal(await said(session, 'echo $A'), 'before\n');
  }
}

/** Begins `script`, which prints a line, and waits for that. */
async function begun(session: Session, script: string, signal?: AbortSignal) {
  const watch = watchOutput();
  const execution = session.spawn(script, { onOutput: watch.onOutput, killGraceMs: 500, ...(signal && { signal }) });
  return { execution, line: (await watch.line(execution)).trim() };
}

async function interrupted({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const sent = session.spawn(SLEEP);
  await session.interrupt();
  await refused(sent.result, 'EXEC_CLOSED');
  const { execution, line } = await begun(session, `A=after; ${SLEEP} & echo $!; wait; echo NEVER`);
  const next = said(session, 'echo "${A-before}"');
  // Awaited last: it is nobody's when something before that fails.
  next.catch(() => undefined);
  await session.interrupt();
  const { outcome, stdout } = await execution.result;
  assert.deepEqual([outcome, stdout.text], ['cancelled', `${line}\n`]);
  await gone(executor, line);
  assert.equal(await next, 'before\n');
}

async function interruptedAtItsEnd({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  assert.equal(await said(session, 'A=kept'), '');
  for (let round = 0; round < 25; round += 1) {
    const { execution } = await begun(session, 'echo over');
    await session.interrupt();
    const { outcome } = await execution.result;
    assert.ok(outcome === 'exited' || outcome === 'cancelled', outcome);
    assert.equal(session.state, 'ready', `After ${round + 1} interrupts the session should be there.`);
  }
  assert.equal(await said(session, 'echo "$A"'), 'kept\n');
}

async function givenUp({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const { execution } = await begun(session, 'echo on; sleep 0.4; A=whole; echo over');
  const abort = new AbortController();
  const waiting = rejection(session.exec('echo no', { signal: abort.signal }));
  const next = said(session, 'echo "${A-half}"');
  next.catch(() => undefined);
  abort.abort();
  await waiting;
  assert.equal((await execution.result).stdout.text, 'on\nover\n');
  assert.equal(await next, 'whole\n');
  assert.equal(session.state, 'ready');
}

async function aborted({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const reason = new Error('not wanted');
  assert.equal(await rejection(session.exec('A=ran', { signal: AbortSignal.abort(reason) })), reason);
  const abort = new AbortController();
  const { execution } = await begun(session, 'echo on; sleep 60; A=ran', abort.signal);
  abort.abort();
  assert.equal((await execution.result).outcome, 'cancelled');
  assert.equal(await said(session, 'echo "${A-no}"'), 'no\n');
}

async function jobs({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const pid = (await said(session, `${SLEEP} & echo $!`)).trim();
  await poll('The job should run', 2_000, () => isRunning(executor, pid));
  await session.exec('sleep 60', { timeoutMs: 200, killGraceMs: 200 });
  assert.ok(await isRunning(executor, pid), 'A later timeout ended the job.');
  await session.close();
  assert.equal(await isRunning(executor, pid), false, 'close() resolved while the job still ran.');
}

async function daemon({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const pid = (await said(session, START_DAEMON)).trim();
  assert.ok(await isRunning(executor, pid));
  await session.close();
  assert.equal(await isRunning(executor, pid), false, 'close() resolved while the daemon still ran.');
}

async function lateOutput({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const pid = (await said(session, '(sleep 0.3; echo LATE; echo LATE >&2) & echo $!')).trim();
  const { stdout, stderr } = await session.exec(`while kill -0 ${pid} 2>/dev/null; do sleep 0.05; done; echo mine`);
  assert.deepEqual([stdout.text, stderr.text], ['mine\n', '']);
  await poll('Late output should be counted', 2_000, () => session.lateOutputBytes === 10);
}

async function closed({ executor }: Kit): Promise<void> {
  const session = await executor.openSession();
  const { execution } = await begun(session, 'echo on; sleep 60');
  const waiting = rejection(session.exec('echo no'));
  await session.close();
  assert.equal((await execution.result).outcome, 'cancelled');
  assert.equal(((await waiting) as { code?: string }).code, 'EXEC_SESSION_CLOSED');
  assert.equal(session.state, 'closed');
  await refused(session.exec('echo no'), 'EXEC_SESSION_CLOSED');
  await refused(session.snapshot(), 'EXEC_SESSION_CLOSED');
  await session.close();
}

async function executorCloses({ make }: Kit): Promise<void> {
  const executor = await make();
  const session = await executor.openSession();
  const { execution } = await begun(session, 'echo on; sleep 60');
  await executor.close();
  assert.equal((await execution.result).outcome, 'cancelled');
  await refused(session.exec('echo no'), 'EXEC_SESSION_CLOSED');
}

async function thousand({ executor }: Kit): Promise<void> {
  await (await executor.openSession()).close();
  const session = await executor.openSession();
  let count = 0;
  await assertGivenBack(1_000, async () => assert.equal(await said(session, 'N=$((N + 1)); echo $N'), `${++count}\n`));
}
