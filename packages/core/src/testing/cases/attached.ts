import assert from 'node:assert/strict';
import type { Executor } from '../../executor.ts';
import type { Concern, Kit } from '../case.ts';
import { KEEP_MS, runDetached } from '../tools/detached.ts';
import { poll } from '../tools/poll.ts';
import { refused, refusedOption } from '../tools/refused.ts';
import { DAEMON, SLEEP, WITH_ESCAPE } from '../tools/scripts.ts';
import { gone, inScratch, isRunning, output, unique } from '../tools/target.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** How detached executions are found again, by any client. */
export const attached: Concern = {
  name: 'attaching to detached executions',
  cases: (supports) =>
    supports.detached
      ? [
          { name: 'a detached command outlives its executor, and another one attaches to it', run: outlives },
          { name: 'attach reads from any byte on', run: fromAnyByte },
          { name: 'attach beyond what was kept counts what was not, and no more', run: beyond },
          { name: 'attach follows a command that has not ended', run: follows },
          { name: 'disposing of a handle on a detached command lets it go on', run: disposed },
          { name: 'kill() of an attached command ends its tree', run: killed },
          { name: 'after keepMs the target forgets a detached command', run: forgotten },
          { name: 'an idempotencyKey of a detached command is remembered by its target', run: onlyOnce },
          { name: 'submitted twice at once under one key, a detached command starts once', run: atOnce },
          { name: 'listDetached tells what runs and what ended', run: listed },
          { name: 'submitted several times at once, a detached command that cannot start is refused to all', run: allRefused },
          { name: 'attach to what the target does not know is refused', run: attachToUnknown },
        ]
      : [],
};

async function outlives(kit: Kit): Promise<void> {
  const first = await kit.make();
  const execution = first.spawn('echo one; sleep 1; echo two; exit 5', { detached: true, keepMs: KEEP_MS });
  await poll('it should run', 5_000, () => execution.state === 'running');
  await first.close();
  const letGo = await execution.result;
  assert.equal(letGo.outcome, 'unknown', 'Nobody here knows how it ended.');
  assert.match(letGo.reason ?? '', /attach/);
  const attached = await kit.executor.attach(execution.id);
  const result = await attached.result;
  assert.equal(result.exitCode, 5);
  assert.equal(result.stdout.text, 'one\ntwo\n');
  assert.equal(result.executionId, execution.id);
}

async function fromAnyByte(kit: Kit): Promise<void> {
  const { executionId } = await runDetached(kit.executor, 'printf 0123456789; printf abcdef >&2');
  const attached = await kit.executor.attach(executionId, { stdoutOffset: 7, stderrOffset: 6 });
  const chunks: string[] = [];
  for await (const { stream, data, offset } of attached) chunks.push(`${stream} ${offset} ${Buffer.from(data)}`);
  assert.match(chunks[0] ?? '', /^stdout 7 7/);
  assert.equal(chunks.map((chunk) => chunk.split(' ')[2]).join(''), '789');
  const { stdout, stderr } = await attached.result;
  assert.equal(stdout.text, '789');
  assert.equal(stderr.text, '');
  await forgottenSoon(kit.executor, executionId);
}

async function beyond({ executor }: Kit): Promise<void> {
  const { executionId } = await runDetached(executor, 'head -c 100 /dev/zero', { maxSpoolBytes: 10, keepMs: 5_000 });
  for (const [stdoutOffset, total] of [
    [4, 96],
    [10, 90],
    [50, 50],
    [99, 1],
    [100, 0],
    [1_000, 0],
  ] as const) {
    const { stdout } = await (await executor.attach(executionId, { stdoutOffset })).result;
    assert.equal(stdout.totalBytes, total, `from ${stdoutOffset}`);
  }
}

async function follows(kit: Kit): Promise<void> {
  await inScratch(kit.executor, async (dir) => {
    const script = 'echo first; until [ -e "$GO" ]; do sleep 0.05; done; echo second';
    const execution = kit.executor.spawn(script, { detached: true, keepMs: KEEP_MS, env: { GO: `${dir}/go` } });
    await poll('it should run', 5_000, () => execution.state === 'running');
    const attached = await kit.executor.attach(execution.id);
    const begin = await attached[Symbol.asyncIterator]().next();
    assert.match(Buffer.from(begin.value?.data ?? '').toString(), /^first/);
    await output(kit.executor, `: >${dir}/go`);
    assert.equal((await attached.result).stdout.text, 'first\nsecond\n');
    assert.equal((await execution.result).stdout.text, 'first\nsecond\n');
  });
}

async function disposed(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn(`echo $$; exec ${SLEEP}`, { detached: true, keepMs: KEEP_MS });
  await poll('it should run', 5_000, () => execution.state === 'running');
  await execution[Symbol.asyncDispose]();
  const attached = await kit.executor.attach(execution.id);
  try {
    const chunk = await attached[Symbol.asyncIterator]().next();
    assert.ok(
      await isRunning(
        kit.executor,
        Buffer.from(chunk.value?.data ?? '')
          .toString()
          .trim(),
      ),
      'It should go on.',
    );
  } finally {
    await attached.kill();
    await attached.result;
  }
}

async function killed(kit: Kit): Promise<void> {
  const script = `${WITH_ESCAPE}${SLEEP} & echo $!; $ESCAPE sh -c '${DAEMON}' & wait`;
  const execution = kit.executor.spawn(script, { detached: true, keepMs: KEEP_MS });
  await poll('it should run', 5_000, () => execution.state === 'running');
  const watch = watchOutput();
  const attached = await kit.executor.attach(execution.id);
  (async () => {
    for await (const chunk of attached) watch.onOutput(chunk);
  })();
  const pids = [await watch.line(attached), await watch.line(attached, 2)];
  await attached.kill();
  const [there, here] = await Promise.all([attached.result, execution.result]);
  assert.equal(there.outcome, 'signaled');
  assert.equal(there.signal, 'SIGTERM');
  assert.equal(here.outcome, 'signaled');
  for (const pid of pids) await gone(kit.executor, pid);
}

async function forgottenSoon(executor: Executor, id: string): Promise<void> {
  // Who attaches is waited for, so to look for it so would keep it.
  await poll(`${id} should be forgotten`, KEEP_MS + 6_000, async () => !(await executor.listDetached()).some((one) => one.id === id));
  assert.equal((await refused(executor.attach(id), 'EXEC_NOT_FOUND')).detail.what, 'execution');
}

async function forgotten(kit: Kit): Promise<void> {
  const { executionId } = await runDetached(kit.executor, 'echo once', { keepMs: 1 });
  await forgottenSoon(kit.executor, executionId);
}

async function onlyOnce(kit: Kit): Promise<void> {
  const key = unique();
  const options = { detached: true, keepMs: KEEP_MS, idempotencyKey: key, env: { A: '1' } };
  const [one, two] = await Promise.all([kit.make({ idempotencyTtlMs: 2_000 }), kit.make({ idempotencyTtlMs: 2_000 })]);
  const first = await one.exec('echo $$; exit 4', options);
  const again = await two.exec('echo $$; exit 4', options);
  assert.equal(again.stdout.text, first.stdout.text, 'It was started twice.');
  assert.equal(again.exitCode, 4);
  assert.equal(again.executionId, first.executionId);
  const third = await kit.make({ idempotencyTtlMs: 2_000 });
  await refused(third.exec('echo $$; exit 5', options), 'EXEC_CONFLICT');
  await refused(third.exec('echo $$; exit 4', { ...options, env: { A: '2' } }), 'EXEC_CONFLICT');
}

async function atOnce(kit: Kit): Promise<void> {
  const options = { detached: true, keepMs: KEEP_MS, idempotencyKey: unique() };
  const executors = await Promise.all([1, 2, 3, 4].map(() => kit.make({ idempotencyTtlMs: 2_000 })));
  const results = await Promise.all(executors.map((executor) => executor.exec('echo $$; sleep 0.3', options)));
  assert.equal(new Set(results.map(({ stdout }) => stdout.text)).size, 1, 'It was started more than once.');
}

async function allRefused(kit: Kit): Promise<void> {
  const options = { cwd: '/errand-no-such-directory', idempotencyKey: unique() };
  const executors = await Promise.all([1, 2, 3, 4].map(() => kit.make({ idempotencyTtlMs: 2_000 })));
  const ends = await Promise.allSettled(executors.map((executor) => runDetached(executor, 'echo on', options)));
  const told = ends.map((end) => (end.status === 'rejected' ? end.reason.code : `${end.value.outcome}: ${end.value.reason}`));
  assert.deepEqual(told, Array(4).fill('EXEC_NOT_FOUND'));
}

async function listed(kit: Kit): Promise<void> {
  const word = unique();
  // Some readers of lines take U+2028 for the end of one.
  const execution = kit.executor.spawn(`: '${word}\u2028'; ${SLEEP}`, { detached: true, keepMs: KEEP_MS });
  await poll('it should run', 5_000, () => execution.state === 'running');
  // Kept for longer than a busy target takes to tell.
  const over = await runDetached(kit.executor, ['sh', '-c', 'printf 12345; exit 6', word], { keepMs: 5_000 });
  const list = (await kit.executor.listDetached()).filter(({ command }) => command.includes(word));
  await execution.kill();
  assert.equal(list.length, 2);
  const running = list.find(({ id }) => id === execution.id);
  assert.equal(running?.state, 'running');
  assert.equal(running.command, `: '${word}\u2028'; ${SLEEP}`);
  const ended = list.find(({ id }) => id === over.executionId);
  assert.equal(ended?.state, 'ended');
  assert.equal(ended?.outcome, 'exited');
  assert.equal(ended?.exitCode, 6);
  assert.equal(ended?.stdoutBytes, 5);
  assert.ok(Math.abs(Date.parse(ended?.startedAt ?? '') - Date.now()) < 60_000);
}

export async function attachToUnknown({ executor }: Kit): Promise<void> {
  const error = await refused(executor.attach(`${executor.name}-0123456789abcdef0123`), 'EXEC_NOT_FOUND');
  assert.equal(error.detail.what, 'execution');
  for (const id of ['', '../../etc', 'x', 7]) await refusedOption(executor.attach(id as string), 'executionId');
  await refusedOption(executor.attach('a-0123456789abcdef0123', { stdoutOffset: -1 }), 'stdoutOffset');
}
