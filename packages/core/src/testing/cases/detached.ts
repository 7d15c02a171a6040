import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Command } from '../../command.ts';
import type { Executor } from '../../executor.ts';
import type { ExecOptions } from '../../options.ts';
import type { ExecResult } from '../../result.ts';
import type { Concern, Kit } from '../case.ts';
import { poll } from '../tools/poll.ts';
import { refused, refusedOption } from '../tools/refused.ts';
import { DAEMON, SLEEP, WITH_ESCAPE } from '../tools/scripts.ts';
import { gone, inScratch, isRunning, output, unique } from '../tools/target.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** So short that a case can wait for its end. */
const KEEP_MS = 1_000;
const MIB = 2 ** 20;

/** Detached executions: they outlive their client, and any other finds them. */
export const detached: Concern = {
  name: 'detached executions',
  cases: (supports) =>
    supports.detached
      ? [
          { name: 'a detached command gives its output and exit code like any other', run: likeAnyOther },
          { name: 'a detached command that a signal ended is told from exit 137', run: signaled },
          { name: 'a detached command that cannot start rejects, and leaves nothing on the target', run: cannotStart },
          { name: 'a detached command outlives its executor, and another one attaches to it', run: outlives },
          { name: 'attach reads from any byte on', run: fromAnyByte },
          { name: 'attach follows a command that has not ended', run: follows },
          { name: 'disposing of a handle on a detached command lets it go on', run: disposed },
          { name: 'kill() of an attached command ends its tree', run: killed },
          { name: 'an aborted signal ends a detached command: cancelled', run: aborted },
          { name: 'timeoutMs of a detached command is kept by its target: timed-out for all', run: timedOut },
          { name: 'what a detached command leaves in its group ends with it', run: leftovers },
          { name: 'a detached command does not wait for a daemon that holds its pipes', run: daemon },
          { name: 'beyond maxSpoolBytes output of a detached command is drained and counted', run: bounded },
          { name: 'a detached command moves 16 MiB on each stream, byte for byte', run: much },
          { name: 'stdin of a detached command comes whole', run: input },
          { name: 'a 256 KiB script and 64 KiB of environment run detached', run: large },
          { name: 'a secret of a detached command is in no command line', run: secret },
          { name: 'after keepMs the target forgets a detached command', run: forgotten },
          { name: 'an idempotencyKey of a detached command is remembered by its target', run: onlyOnce },
          { name: 'submitted twice at once under one key, a detached command starts once', run: atOnce },
          { name: 'listDetached tells what runs and what ended', run: listed },
          { name: 'options that no detached command can have are refused', run: badOptions },
          { name: 'attach to what the target does not know is refused', run: unknown },
        ]
      : [],
};

function run({ executor }: Kit, command: Command, options: ExecOptions = {}): Promise<ExecResult> {
  return executor.exec(command, { detached: true, keepMs: KEEP_MS, ...options });
}

async function likeAnyOther(kit: Kit): Promise<void> {
  const result = await run(kit, ['sh', '-c', 'printf "%s|" "$@"; echo err >&2; pwd >&2; exit 3', 'sh', 'a b', "it's", ''], { cwd: '/tmp' });
  assert.equal(result.outcome, 'exited');
  assert.equal(result.exitCode, 3);
  assert.equal(result.stdout.text, "a b|it's||");
  assert.equal(result.stderr.text, 'err\n/tmp\n');
  const merged = await run(kit, 'echo out; echo err >&2; echo out', { stderr: 'stdout' });
  assert.equal(merged.stdout.text, 'out\nerr\nout\n');
}

async function signaled(kit: Kit): Promise<void> {
  const [died, exited] = await Promise.all([run(kit, 'kill -9 $$'), run(kit, 'exit 137')]);
  assert.equal(died.outcome, 'signaled');
  assert.equal(died.signal, 'SIGKILL');
  assert.equal(exited.outcome, 'exited');
  assert.equal(exited.exitCode, 137);
}

async function cannotStart(kit: Kit): Promise<void> {
  const missing = await refused(run(kit, ['errand-no-such-program']), 'EXEC_NOT_FOUND');
  assert.equal(missing.detail.what, 'program');
  const cwd = await refused(run(kit, ':', { cwd: '/errand-no-such-directory' }), 'EXEC_NOT_FOUND');
  assert.equal(cwd.detail.what, 'cwd');
  await poll('what was refused should be in no list', 2_000, async () => {
    const list = await kit.executor.listDetached();
    return !list.some(({ command }) => command.includes('errand-no-such'));
  });
}

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
  const { executionId } = await run(kit, 'printf 0123456789; printf abcdef >&2');
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

async function aborted(kit: Kit): Promise<void> {
  const abort = new AbortController();
  const execution = kit.executor.spawn(`echo $$; exec ${SLEEP}`, { detached: true, keepMs: KEEP_MS, signal: abort.signal });
  const chunk = await execution[Symbol.asyncIterator]().next();
  abort.abort();
  assert.equal((await execution.result).outcome, 'cancelled');
  await gone(
    kit.executor,
    Buffer.from(chunk.value?.data ?? '')
      .toString()
      .trim(),
  );
}

async function timedOut(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn(`echo on; ${SLEEP}; echo not`, { detached: true, keepMs: KEEP_MS, timeoutMs: 600 });
  await poll('it should run', 5_000, () => execution.state === 'running');
  const attached = await kit.executor.attach(execution.id);
  for (const result of await Promise.all([execution.result, attached.result])) {
    assert.equal(result.outcome, 'timed-out');
    assert.equal(result.stdout.text, 'on\n');
    assert.match(result.reason ?? '', /timeoutMs/);
  }
}

async function leftovers(kit: Kit): Promise<void> {
  const result = await run(kit, `${SLEEP} & echo $!`);
  assert.equal(result.outcome, 'exited');
  await gone(kit.executor, result.stdout.text.trim());
}

async function daemon(kit: Kit): Promise<void> {
  const result = await run(kit, 'setsid sh -c "sleep 6" & echo over');
  assert.equal(result.stdout.text, 'over\n');
  assert.ok(result.timings.runMs < 5_000, `It waited for ${result.timings.runMs} ms.`);
}

async function bounded(kit: Kit): Promise<void> {
  const { stdout, stderr, executionId } = await run(kit, 'head -c 100000 /dev/zero | tr "\\0" x; printf 12345678 >&2', {
    maxSpoolBytes: 7,
  });
  assert.equal(stdout.totalBytes, 100_000);
  assert.equal(stdout.omittedBytes, 99_993);
  assert.equal(Buffer.from(stdout.head).toString(), 'xxxxxxx');
  assert.equal(stderr.omittedBytes, 1);
  const attached = await kit.executor.attach(executionId);
  await assert.rejects(async () => {
    for await (const _ of attached.stdout);
  }, /omitted/);
}

async function much(kit: Kit): Promise<void> {
  // Small and large pieces, so that no count of reads could stand for a count of bytes.
  const script =
    'i=0; while [ $i -lt 200 ]; do printf %0100d $i; i=$((i + 1)); done; head -c 16777216 /dev/zero | tr "\\0" x | tee /dev/fd/3 3>&2';
  const result = await run(kit, script, { maxOutputBytes: 40 * MIB });
  assert.equal(result.exitCode, 0, result.stderr.text.slice(0, 200));
  assert.equal(result.stdout.totalBytes, 16 * MIB + 20_000);
  assert.equal(result.stdout.omittedBytes, 0);
  const expected = createHash('sha256');
  for (let i = 0; i < 200; i += 1) expected.update(String(i).padStart(100, '0'));
  expected.update(Buffer.alloc(16 * MIB, 'x'));
  assert.equal(createHash('sha256').update(result.stdout.bytes).digest('hex'), expected.digest('hex'));
  assert.equal(result.stderr.totalBytes, 16 * MIB);
}

async function input(kit: Kit): Promise<void> {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256));
  const result = await run(kit, 'cat', { stdin: bytes });
  assert.ok(Buffer.from(result.stdout.bytes).equals(bytes));
  assert.equal((await run(kit, 'cat; echo end')).stdout.text, 'end\n');
}

async function large(kit: Kit): Promise<void> {
  const script = `${': padding\n'.repeat(26_300)}echo $\{#BIG} end`;
  assert.ok(script.length > 256 * 1024);
  const result = await run(kit, script, { env: { BIG: 'v'.repeat(65_536) } });
  assert.equal(result.stdout.text, '65536 end\n', result.stderr.text.slice(0, 300));
}

async function secret(kit: Kit): Promise<void> {
  const word = unique();
  const execution = kit.executor.spawn('echo on; sleep 1', { detached: true, keepMs: KEEP_MS, env: { KIT_SECRET: word }, stdin: word });
  await execution[Symbol.asyncIterator]().next();
  const list = await kit.executor.exec("cat /proc/[0-9]*/cmdline | tr '\\0' ' '", { maxOutputBytes: 64 * MIB });
  assert.ok(list.stdout.totalBytes > 0);
  assert.ok(!list.stdout.text.includes(word), 'It is in a command line on the target.');
  assert.ok((await execution.result).ok);
}

async function forgottenSoon(executor: Executor, id: string): Promise<void> {
  await poll(`${id} should be forgotten`, KEEP_MS + 6_000, async () =>
    executor.attach(id).then(
      async (attached) => {
        await attached.result;
        return false;
      },
      (error: { code?: string }) => error.code === 'EXEC_NOT_FOUND',
    ),
  );
}

async function forgotten(kit: Kit): Promise<void> {
  const { executionId } = await run(kit, 'echo once', { keepMs: 1 });
  await forgottenSoon(kit.executor, executionId);
  assert.ok(!(await kit.executor.listDetached()).some(({ id }) => id === executionId));
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

async function listed(kit: Kit): Promise<void> {
  const word = unique();
  const execution = kit.executor.spawn(`: ${word}; ${SLEEP}`, { detached: true, keepMs: KEEP_MS });
  const over = await run(kit, ['sh', '-c', 'printf 12345; exit 6', word]);
  await poll('it should run', 5_000, () => execution.state === 'running');
  const list = (await kit.executor.listDetached()).filter(({ command }) => command.includes(word));
  await execution.kill();
  assert.equal(list.length, 2);
  const running = list.find(({ id }) => id === execution.id);
  assert.equal(running?.state, 'running');
  const ended = list.find(({ id }) => id === over.executionId);
  assert.equal(ended?.state, 'ended');
  assert.equal(ended?.outcome, 'exited');
  assert.equal(ended?.exitCode, 6);
  assert.equal(ended?.stdoutBytes, 5);
  assert.ok(Math.abs(Date.parse(ended?.startedAt ?? '') - Date.now()) < 60_000);
}

async function badOptions({ executor }: Kit): Promise<void> {
  await refusedOption(executor.spawn('cat', { detached: true, stdin: 'pipe' }).result, 'stdin');
  await refusedOption(executor.exec('cat', { detached: true, stdin: Buffer.alloc(MIB + 1) }), 'stdin');
  await refused(executor.exec(':', { detached: true, idleTimeoutMs: 1_000 }), 'EXEC_NOT_SUPPORTED');
  await refusedOption(executor.exec(':', { detached: true, keepMs: 0 }), 'keepMs');
  await refusedOption(executor.exec(':', { detached: true, maxSpoolBytes: -1 }), 'maxSpoolBytes');
  await refusedOption(executor.exec(':', { keepMs: 5_000 }), 'keepMs');
}

async function unknown({ executor }: Kit): Promise<void> {
  const error = await refused(executor.attach(`${executor.name}-0123456789abcdef0123`), 'EXEC_NOT_FOUND');
  assert.equal(error.detail.what, 'execution');
  for (const id of ['', '../../etc', 'x', 7]) await refusedOption(executor.attach(id as string), 'executionId');
  await refusedOption(executor.attach('a-0123456789abcdef0123', { stdoutOffset: -1 }), 'stdoutOffset');
}
