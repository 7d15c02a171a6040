import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Concern, Kit } from '../case.ts';
import { KEEP_MS, runDetached } from '../tools/detached.ts';
import { poll } from '../tools/poll.ts';
import { refused, refusedOption } from '../tools/refused.ts';
import { SLEEP } from '../tools/scripts.ts';
import { gone, inScratch, output, unique } from '../tools/target.ts';

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
          { name: 'an aborted signal ends a detached command: cancelled', run: aborted },
          { name: 'aborted while it starts, a detached command is ended or never runs', patience: 2, run: abortedEarly },
          { name: 'timeoutMs of a detached command is kept by its target: timed-out for all', run: timedOut },
          { name: 'what a detached command leaves in its group ends with it', run: leftovers },
          { name: 'what a detached command leaves has a moment to finish what it writes', run: finishing },
          { name: 'a detached command does not wait for a daemon that holds its pipes', run: daemon },
          { name: 'beyond maxSpoolBytes output of a detached command is drained and counted', run: bounded },
          { name: 'a detached command moves 16 MiB on each stream, byte for byte', run: much },
          { name: 'a reader that stalls does not hold back the result of a detached command', run: stalled },
          { name: 'a slow reader of a detached command loses nothing when keepMs passes', patience: 2, run: slow },
          { name: 'stdin of a detached command comes whole', run: input },
          { name: 'a 256 KiB script and 64 KiB of environment run detached', run: large },
          { name: 'a secret of a detached command is in no command line', run: secret },
          { name: 'options that no detached command can have are refused', run: badOptions },
        ]
      : [],
};

async function likeAnyOther(kit: Kit): Promise<void> {
  const result = await runDetached(
    kit.executor,
    ['sh', '-c', 'printf "%s|" "$@"; echo err >&2; pwd >&2; exit 3', 'sh', 'a b', "it's", ''],
    { cwd: '/tmp' },
  );
  assert.equal(result.outcome, 'exited');
  assert.equal(result.exitCode, 3);
  assert.equal(result.stdout.text, "a b|it's||");
  assert.equal(result.stderr.text, 'err\n/tmp\n');
  assert.equal((await runDetached(kit.executor, 'umask')).stdout.text, (await kit.executor.exec('umask')).stdout.text);
  const merged = await runDetached(kit.executor, 'echo out; echo err >&2; echo out', { stderr: 'stdout' });
  assert.equal(merged.stdout.text, 'out\nerr\nout\n');
}

async function signaled(kit: Kit): Promise<void> {
  const [died, exited] = await Promise.all([runDetached(kit.executor, 'kill -9 $$'), runDetached(kit.executor, 'exit 137')]);
  assert.equal(died.outcome, 'signaled');
  assert.equal(died.signal, 'SIGKILL');
  assert.equal(exited.outcome, 'exited');
  assert.equal(exited.exitCode, 137);
}

async function cannotStart(kit: Kit): Promise<void> {
  const missing = await refused(runDetached(kit.executor, ['errand-no-such-program']), 'EXEC_NOT_FOUND');
  assert.equal(missing.detail.what, 'program');
  const cwd = await refused(runDetached(kit.executor, ':', { cwd: '/errand-no-such-directory' }), 'EXEC_NOT_FOUND');
  assert.equal(cwd.detail.what, 'cwd');
  await poll('what was refused should be in no list', 2_000, async () => {
    const list = await kit.executor.listDetached();
    return !list.some(({ command }) => command.includes('errand-no-such'));
  });
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

async function abortedEarly({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    for (const after of [0, 5, 10, 15, 20, 30, 40]) {
      const abort = new AbortController();
      const script = `echo $$ >>${dir}/pids; exec ${SLEEP}`;
      const execution = executor.spawn(script, { detached: true, keepMs: KEEP_MS, signal: abort.signal });
      await delay(after);
      abort.abort();
      const ended = await execution.result.then(
        ({ outcome }) => outcome,
        (reason: unknown) => (reason === abort.signal.reason ? 'never' : String(reason)),
      );
      assert.ok(ended === 'cancelled' || ended === 'never', ended);
    }
    const pids = await output(executor, `cat ${dir}/pids 2>/dev/null || :`);
    for (const pid of pids.split('\n').filter((line) => line !== '')) await gone(executor, pid);
  });
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
  const result = await runDetached(kit.executor, `${SLEEP} & echo $!`);
  assert.equal(result.outcome, 'exited');
  await gone(kit.executor, result.stdout.text.trim());
}

async function finishing(kit: Kit): Promise<void> {
  const { stdout } = await runDetached(kit.executor, '(sleep 0.02; echo late) & echo now');
  assert.equal(stdout.text, 'now\nlate\n');
}

async function daemon(kit: Kit): Promise<void> {
  const result = await runDetached(kit.executor, 'setsid sh -c "sleep 6" & echo over');
  assert.equal(result.stdout.text, 'over\n');
  assert.ok(result.timings.runMs < 5_000, `It waited for ${result.timings.runMs} ms.`);
}

async function bounded(kit: Kit): Promise<void> {
  const { stdout, stderr, executionId } = await runDetached(kit.executor, 'head -c 100000 /dev/zero | tr "\\0" x; printf 12345678 >&2', {
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
  const result = await runDetached(kit.executor, script, { maxOutputBytes: 40 * MIB });
  assert.equal(result.exitCode, 0, result.stderr.text.slice(0, 200));
  assert.equal(result.stdout.totalBytes, 16 * MIB + 20_000);
  assert.equal(result.stdout.omittedBytes, 0);
  const expected = createHash('sha256');
  for (let i = 0; i < 200; i += 1) expected.update(String(i).padStart(100, '0'));
  expected.update(Buffer.alloc(16 * MIB, 'x'));
  assert.equal(createHash('sha256').update(result.stdout.bytes).digest('hex'), expected.digest('hex'));
  assert.equal(result.stderr.totalBytes, 16 * MIB);
}

async function stalled({ executor }: Kit): Promise<void> {
  const bytes = 6 * MIB;
  const execution = executor.spawn(`head -c ${bytes} /dev/zero; exit 3`, { detached: true, keepMs: KEEP_MS, maxSpoolBytes: 4 * MIB });
  await execution.stdout[Symbol.asyncIterator]().next();
  const { outcome, exitCode, stdout } = await execution.result;
  assert.deepEqual([outcome, exitCode], ['exited', 3]);
  assert.equal(stdout.totalBytes, bytes, 'What was not kept, or was not read, should be counted.');
}

async function slow({ executor }: Kit): Promise<void> {
  const bytes = 8 * MIB;
  const execution = executor.spawn(`head -c ${bytes} /dev/zero`, { detached: true, keepMs: 1, killGraceMs: 20_000 });
  const chunks = execution.stdout[Symbol.asyncIterator]();
  let read: number = (await chunks.next()).value.length;
  await poll('it should have ended, and have been kept long enough', 10_000, async () => {
    const found = (await executor.listDetached()).find(({ id }) => id === execution.id);
    return found?.state === 'ended';
  });
  // Longer than it would be kept if nobody read, and than a reader takes to end that is let go.
  await delay(3_000);
  for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) read += chunk.length;
  assert.equal(read, bytes);
  const { outcome, stdout } = await execution.result;
  assert.equal(outcome, 'exited');
  assert.equal(stdout.totalBytes, bytes);
}

async function input(kit: Kit): Promise<void> {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256));
  const result = await runDetached(kit.executor, 'cat', { stdin: bytes });
  assert.ok(Buffer.from(result.stdout.bytes).equals(bytes));
  assert.equal((await runDetached(kit.executor, 'cat; echo end')).stdout.text, 'end\n');
}

async function large(kit: Kit): Promise<void> {
  const script = `${': padding\n'.repeat(26_300)}echo $\{#BIG} end`;
  assert.ok(script.length > 256 * 1024);
  const result = await runDetached(kit.executor, script, { env: { BIG: 'v'.repeat(65_536) } });
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

async function badOptions({ executor }: Kit): Promise<void> {
  await refusedOption(executor.spawn('cat', { detached: true, stdin: 'pipe' }).result, 'stdin');
  await refusedOption(executor.exec('cat', { detached: true, stdin: Buffer.alloc(MIB + 1) }), 'stdin');
  await refused(executor.exec(':', { detached: true, idleTimeoutMs: 1_000 }), 'EXEC_NOT_SUPPORTED');
  await refusedOption(executor.exec(':', { detached: true, keepMs: 0 }), 'keepMs');
  await refusedOption(executor.exec(':', { detached: true, maxSpoolBytes: -1 }), 'maxSpoolBytes');
  await refusedOption(executor.exec(':', { keepMs: 5_000 }), 'keepMs');
}
