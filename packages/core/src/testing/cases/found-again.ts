import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { poll } from '../tools/poll.ts';
import { SLEEP } from '../tools/scripts.ts';
import { attachToUnknown } from './attached.ts';

/** Commands that go on without their client by themselves, and are found again by any other. */
export const foundAgain: Concern = {
  name: 'attaching to what goes on by itself',
  cases: ({ attach, detached, kill }) =>
    attach && !detached
      ? [
          { name: 'another executor attaches to a command that runs: both have its output and end', patience: 2, run: whileItRuns },
          { name: 'attach to a command that ended tells its output, from any byte on, and its end', patience: 2, run: afterItsEnd },
          { name: 'closing an executor that attached lets the command go on', patience: 2, run: letGo },
          ...(kill ? [{ name: 'kill() of what was attached ends it for all', patience: 2, run: killedForAll }] : []),
          { name: 'attach to what the target does not know is refused', run: attachToUnknown },
        ]
      : [],
};

async function whileItRuns(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn('echo one; sleep 1; echo two; echo err >&2; exit 5');
  await begun(execution);
  const attached = await (await kit.make()).attach(execution.id);
  assert.equal(attached.id, execution.id);
  for (const { outcome, exitCode, stdout, stderr, executionId } of await Promise.all([execution.result, attached.result])) {
    assert.deepEqual([outcome, exitCode], ['exited', 5]);
    assert.deepEqual([stdout.text, stderr.text], ['one\ntwo\n', 'err\n']);
    assert.equal(executionId, execution.id);
  }
}

async function afterItsEnd(kit: Kit): Promise<void> {
  const { executionId } = await kit.executor.exec('printf 0123456789; printf abcdef >&2; exit 3');
  const other = await kit.make();
  const attached = await other.attach(executionId, { stdoutOffset: 7, stderrOffset: 6 });
  const offsets: number[] = [];
  for await (const { stream, offset } of attached) {
    assert.equal(stream, 'stdout', 'Nothing of stderr was wanted.');
    offsets.push(offset);
  }
  assert.equal(offsets[0], 7);
  const { exitCode, stdout, stderr } = await attached.result;
  assert.deepEqual([exitCode, stdout.text, stderr.text], [3, '789', '']);
  const whole = await (await other.attach(executionId)).result;
  assert.deepEqual([whole.exitCode, whole.stdout.text, whole.stderr.text], [3, '0123456789', 'abcdef']);
}

async function letGo(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn('echo one; sleep 2; echo two; exit 4');
  await begun(execution);
  const other = await kit.make();
  const [disposed, closed] = [await other.attach(execution.id), await other.attach(execution.id)];
  await disposed[Symbol.asyncDispose]();
  await other.close();
  for (const { outcome, reason } of await Promise.all([disposed.result, closed.result])) {
    assert.equal(outcome, 'unknown', 'Nobody there knows how it ended.');
    assert.match(reason ?? '', /attach/);
  }
  const { exitCode, stdout } = await execution.result;
  assert.deepEqual([exitCode, stdout.text], [4, 'one\ntwo\n']);
}

async function killedForAll(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn(`echo on; exec ${SLEEP}`);
  await begun(execution);
  const attached = await (await kit.make()).attach(execution.id);
  await attached.kill();
  for (const { outcome, stdout } of await Promise.all([execution.result, attached.result])) {
    assert.equal(outcome, 'signaled');
    assert.equal(stdout.text, 'on\n');
  }
}

function begun(execution: { readonly state: string }): Promise<void> {
  return poll('it should run', 30_000, () => execution.state === 'running');
}
