import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { refusedAsUnsupported } from '../tools/refused.ts';
import { SLEEP, START_DAEMON, STUBBORN_DAEMON, WITH_ESCAPE } from '../tools/scripts.ts';
import { gone, inScratch, isRunning, output, sharesFiles } from '../tools/target.ts';

/** Promise 2: what is left at the exit of the main process. What a timeout, cancel, kill or close leaves is with those. */
export const leftovers: Concern = {
  name: 'nothing is left running after an exit',
  cases: (supports) => [
    { name: 'a result does not wait for a background child that holds the pipe, and the child is gone', run: heldPipe },
    { name: 'a result does not wait for a child that ignores SIGTERM, and the child is gone after killGraceMs', run: stubbornChild },
    ...(sharesFiles(supports) ? [{ name: 'a child may clean up at SIGTERM, which comes once', run: childCleansUp }] : []),
    { name: 'released resolves when what the command left is gone', run: releasedWaits },
    { name: 'a result does not wait for a daemon that keeps the pipe', run: daemonHoldsPipe },
    ...(supports.containment === 'container'
      ? []
      : [{ name: 'a daemon that redirected its output outlives a normal exit', run: daemonKept }]),
    supports.containment === 'group'
      ? { name: "daemons: 'end' is refused where a daemon cannot be reached", run: daemonEndRefused }
      : { name: "daemons: 'end' ends a daemon at a normal exit", run: daemonEnded },
    ...(supports.containment !== 'group' && sharesFiles(supports)
      ? [{ name: "daemons: 'end' ends a daemon that is still on its way into the background", run: hoppingDaemonEnded }]
      : []),
  ],
};

async function heldPipe({ executor }: Kit): Promise<void> {
  const result = await executor.exec(`${SLEEP} & echo $!`);
  assert.equal(result.outcome, 'exited');
  assert.equal(result.exitCode, 0);
  assert.ok(result.timings.runMs < 3_000, `It took ${result.timings.runMs} ms.`);
  await gone(executor, result.stdout.text.trim());
}

/** A child in the command's own process group, which prints its pid and ignores SIGTERM. */
const STUBBORN_CHILD = `pid=$(sh -c '${STUBBORN_DAEMON}' &); echo "$pid"`;

async function stubbornChild({ executor }: Kit): Promise<void> {
  const result = await executor.exec(STUBBORN_CHILD, { killGraceMs: 400 });
  assert.equal(result.outcome, 'exited');
  assert.ok(result.timings.runMs < 3_000, `It took ${result.timings.runMs} ms.`);
  await gone(executor, result.stdout.text.trim());
}

// A second SIGTERM would end the shell while it cleans up: the first one put the signal back to its default.
const cleansUp = (file: string): string => `
on_term='trap - TERM; sleep 0.3; echo cleaned >${file}; exit 0' export on_term
x=$(sh -c 'trap "$on_term" TERM; echo ready; exec >/dev/null 2>&1; while :; do sleep 0.05; done' &)`;

async function childCleansUp({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const execution = executor.spawn(cleansUp(`${dir}/file`), { killGraceMs: 4_000 });
    assert.equal((await execution.result).exitCode, 0);
    await execution.released;
    assert.equal(await output(executor, `cat ${dir}/file`), 'cleaned');
  });
}

async function releasedWaits({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(STUBBORN_CHILD, { killGraceMs: 400 });
  const pid = (await execution.result).stdout.text.trim();
  await execution.released;
  assert.equal(await isRunning(executor, pid), false, 'released resolved while the child still ran.');
}

async function daemonHoldsPipe({ executor }: Kit): Promise<void> {
  const script = `${WITH_ESCAPE}$ESCAPE sh -c 'echo $$; exec ${SLEEP}' & sleep 0.3; echo main`;
  const execution = executor.spawn(script);
  const result = await execution.result;
  const pid = result.stdout.text.replace('main', '').trim();
  await executor.exec(['kill', '-9', pid]);
  assert.equal(result.outcome, 'exited');
  assert.ok(result.timings.runMs < 4_000, `It took ${result.timings.runMs} ms.`);
  await gone(executor, pid);
}

async function daemonKept({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(START_DAEMON, { killGraceMs: 200 });
  const pid = (await execution.result).stdout.text.trim();
  await execution.released;
  const kept = await isRunning(executor, pid);
  await executor.exec(['kill', '-9', pid]);
  assert.ok(kept, 'The daemon should have been left alone.');
  await gone(executor, pid);
}

async function daemonEnded({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(START_DAEMON, { daemons: 'end', killGraceMs: 400 });
  const result = await execution.result;
  assert.equal(result.outcome, 'exited');
  assert.equal(result.exitCode, 0);
  await execution.released;
  await gone(executor, result.stdout.text.trim());
}

/** Each hop is another process, whose parent is gone. */
async function hoppingDaemonEnded({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    for (let i = 0; i < 6; i += 1) {
      const file = `${dir}/${i}`;
      const daemon = `$ESCAPE $ESCAPE env env sh -c 'echo $$ >${file}; exec ${SLEEP} >/dev/null 2>&1' & exit 0`;
      const execution = executor.spawn(`${WITH_ESCAPE}${daemon}`, { daemons: 'end', killGraceMs: 400 });
      assert.equal((await execution.result).exitCode, 0);
      await execution.released;
    }
    // One that was missed has told its pid by then.
    const pids = (await output(executor, `sleep 0.3; cat ${dir}/* 2>/dev/null || :`)).split('\n').filter((pid) => pid !== '');
    const left: string[] = [];
    for (const pid of pids) if (await isRunning(executor, pid)) left.push(pid);
    if (left.length > 0) await executor.exec(['kill', '-9', ...left]);
    assert.deepEqual(left, [], 'These ran on.');
  });
}

async function daemonEndRefused({ executor }: Kit): Promise<void> {
  await refusedAsUnsupported(executor.exec(':', { daemons: 'end' }), 'daemons');
}
