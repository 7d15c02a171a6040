import assert from 'node:assert/strict';
import type { Signal } from '../../result.ts';
import type { Concern, Kit } from '../case.ts';
import { unique } from '../tools/target.ts';

/** How a command that ends by itself is told. */
export const exits: Concern = {
  name: 'exits and deaths are told as they were',
  cases: (supports) => [
    { name: 'every exit code is told', run: codes },
    { name: 'ok is true for exit code 0 only', run: ok },
    { name: 'a result names its execution and its target, and says how long it took', run: facts },
    { name: "ids are unique and carry the target's name", run: ids },
    ...(supports.exitSignal
      ? [
          { name: "a death by signal is signaled, with the signal's name and no exit code", run: signals },
          { name: 'exit 137 is an exit, and kill -9 is not', run: toldApart },
        ]
      : [{ name: 'exit 137 and kill -9 look alike, as supports.exitSignal says', run: alike }]),
    { name: 'a child that dies by a signal does not end its parent', run: childDies },
    { name: 'kill 0 in a command reaches that command only', run: ownGroup },
    { name: 'a pipeline ends by SIGPIPE without a word', run: brokenPipe },
    { name: 'exec rejects for a command that did not start, resolves for all others', run: theRule },
  ],
};

async function codes({ executor }: Kit): Promise<void> {
  for (const code of [0, 1, 2, 64, 125, 126, 127, 128, 129, 143, 255]) {
    const result = await executor.exec(`exit ${code}`);
    assert.equal(result.outcome, 'exited');
    assert.equal(result.exitCode, code);
    assert.equal(result.signal, undefined);
    assert.equal(result.cause, undefined);
    assert.equal(result.reason, undefined, 'A plain exit needs no reason.');
  }
}

async function ok({ executor }: Kit): Promise<void> {
  assert.equal((await executor.exec('exit 0')).ok, true);
  assert.equal((await executor.exec('exit 1')).ok, false);
  assert.equal((await executor.exec('kill -9 $$')).ok, false);
}

async function facts({ executor }: Kit): Promise<void> {
  const execution = executor.spawn('sleep 0.3');
  const result = await execution.result;
  assert.equal(result.executionId, execution.id);
  assert.equal(result.target, executor.name);
  const { queuedMs, startMs, runMs } = result.timings;
  assert.ok(queuedMs >= 0 && startMs >= 0, `queuedMs ${queuedMs}, startMs ${startMs}`);
  assert.ok(runMs >= 250 && runMs < 10_000, `runMs ${runMs}`);
  for (const value of Object.values(result.usage ?? {})) assert.ok(Number.isFinite(value) && value >= 0);
}

async function ids({ make }: Kit): Promise<void> {
  const executor = await make({ name: 'kit-target_1' });
  assert.equal(executor.name, 'kit-target_1');
  const results = await Promise.all(Array.from({ length: 20 }, () => executor.exec(':')));
  const seen = new Set(results.map((result) => result.executionId));
  assert.equal(seen.size, results.length);
  for (const id of seen) assert.ok(id.includes('kit-target_1'), id);
  for (const result of results) assert.equal(result.target, 'kit-target_1');
}

async function signals({ executor }: Kit): Promise<void> {
  for (const name of ['HUP', 'INT', 'QUIT', 'ABRT', 'KILL', 'USR1', 'SEGV', 'PIPE', 'ALRM', 'TERM']) {
    const result = await executor.exec(`ulimit -c 0; kill -${name} $$; echo ignored; sleep 5`);
    // As busybox's shell does.
    if (name === 'QUIT' && result.stdout.text === 'ignored\n') continue;
    assert.equal(result.outcome, 'signaled', `${name}: ${result.outcome} ${result.exitCode ?? ''}`);
    assert.equal(result.signal, `SIG${name}` as Signal);
    assert.equal(result.exitCode, undefined);
    assert.match(result.reason ?? '', /\S/);
  }
}

async function toldApart({ executor }: Kit): Promise<void> {
  const exited = await executor.exec('exit 137');
  assert.equal(exited.outcome, 'exited');
  assert.equal(exited.exitCode, 137);
  const died = await executor.exec('kill -9 $$');
  assert.equal(died.outcome, 'signaled');
  assert.equal(died.signal, 'SIGKILL');
}

async function alike({ executor }: Kit): Promise<void> {
  const exited = await executor.exec('exit 137');
  const died = await executor.exec('kill -9 $$');
  assert.equal(exited.exitCode, 137);
  assert.equal(died.outcome, exited.outcome);
  assert.equal(died.exitCode, exited.exitCode);
  assert.equal(died.signal, undefined);
}

async function childDies({ executor }: Kit): Promise<void> {
  const result = await executor.exec("sh -c 'kill -9 $$'; echo $?; exit 3");
  assert.equal(result.stdout.text, '137\n');
  assert.equal(result.outcome, 'exited');
  assert.equal(result.exitCode, 3);
}

async function ownGroup({ executor }: Kit): Promise<void> {
  const bystander = executor.exec('sleep 0.6; echo unharmed');
  const result = await executor.exec('kill -TERM 0; sleep 5');
  assert.equal(result.ok, false);
  assert.equal((await bystander).stdout.text, 'unharmed\n');
  assert.ok((await executor.exec(':')).ok);
}

async function brokenPipe({ executor }: Kit): Promise<void> {
  const result = await executor.exec('yes | head -n 1');
  assert.equal(result.stdout.text, 'y\n');
  assert.equal(result.stderr.text, '', 'SIGPIPE is ignored in commands, so writers complain of a broken pipe.');
}

async function theRule({ executor }: Kit): Promise<void> {
  const missing = `errand-no-such-${unique()}`;
  assert.equal((await executor.exec(missing)).exitCode, 127);
  await assert.rejects(executor.exec([missing]), { code: 'EXEC_NOT_FOUND' });
}
