import assert from 'node:assert/strict';
import type { Execution } from '../../execution.ts';
import type { Supports } from '../../supports.ts';
import type { Case, Concern, Kit } from '../case.ts';
import { EVERY_BYTE } from '../tools/pattern.ts';
import { poll } from '../tools/poll.ts';
import { refused, refusedAsUnsupported } from '../tools/refused.ts';
import { cancels } from '../tools/target.ts';
import { shelllessFiles } from './shellless-files.ts';

const SLEEP = ['sleep', '4328'];
const ARGUMENTS = ['', ' ', 'a b', '-n', "it's", '"', '$HOME', '`id`', '*', '\\n', 'line\nbreak', '\u00a0', '🙂', '\x01'];

/** All that is asked of a target without a shell: there is no script to ask it with, so it is asked by programs alone. */
export const withoutShell: Concern = {
  name: 'commands without a shell',
  cases: (supports) => [
    { name: 'a script is refused, naming the command', run: script },
    { name: "stderr: 'stdout' is refused", run: merged },
    ...refusals(supports),
    { name: 'exit codes of programs are exact', run: exits },
    { name: 'the words of argv arrive as they were given', run: words },
    { name: 'both streams arrive apart', run: apart },
    { name: '16 MiB of output are counted, and head and tail are kept', run: much },
    { name: 'without stdin a program reads its end at once', run: noStdin },
    ...(supports.stdin
      ? [
          { name: 'every byte of stdin arrives and comes back', run: everyByte },
          { name: "stdin: 'pipe' is a conversation, and its end is the program's", run: conversation },
        ]
      : []),
    { name: 'env is added, and undefined removes', run: env },
    { name: 'cwd is where a program runs', run: cwd },
    { name: 'a directory that is not there, or is none: EXEC_NOT_FOUND, cwd', run: noDirectory },
    { name: 'a program that is not there: EXEC_NOT_FOUND; one that is none: EXEC_PERMISSION', run: noProgram },
    ...shelllessFiles(supports),
    { name: 'eight programs at once have their own output', run: many },
    { name: 'a program aborted before it was sent does not run', run: abortedBefore },
    { name: 'under one idempotencyKey a program runs once', run: once },
    ...(supports.user ? [{ name: 'user is as whom a program runs; one that is not there is EXEC_NOT_FOUND', run: user }] : []),
    ...(supports.kill ? ending : []),
    ...(supports.deadline === false ? [{ name: 'a timeout ends the waiting: unknown', run: givenUp }] : []),
    ...(cancels(supports)
      ? [{ name: 'an abort and close() end a program: cancelled', run: cancelled }]
      : [{ name: 'an abort leaves the outcome unknown', run: leftAlone }]),
    ...(supports.outOfMemory && supports.limits.memoryBytes
      ? [{ name: 'a program that takes too much memory: out-of-memory', run: outOfMemory }]
      : []),
  ],
};

const ending: readonly Case[] = [
  { name: 'a timeout ends a program: timed-out, within its grace', run: timedOut },
  { name: 'kill(signal) reaches a program, which dies of it', run: killed },
  { name: 'a disposed handle has ended its program', run: disposed },
];

function refusals({ sessions, terminal, detached, files, kill }: Supports): Case[] {
  return [
    ...(sessions ? [] : [{ name: 'a session is refused', run: ({ executor }: Kit) => refusedAsUnsupported(executor.openSession()) }]),
    ...(terminal ? [] : [{ name: 'a terminal is refused', run: ({ executor }: Kit) => refusedAsUnsupported(executor.openTerminal()) }]),
    ...(detached
      ? []
      : [
          {
            name: 'detached is refused',
            run: ({ executor }: Kit) => refusedAsUnsupported(executor.exec(['true'], { detached: true }), 'detached'),
          },
        ]),
    ...(files
      ? []
      : [
          {
            name: 'files are refused',
            run: async ({ executor }: Kit) => assert.throws(() => executor.files, { code: 'EXEC_NOT_SUPPORTED' }),
          },
        ]),
    ...(kill ? [] : [{ name: 'kill() is refused', run: refusedKill }]),
  ];
}

async function script({ executor }: Kit): Promise<void> {
  await refusedAsUnsupported(executor.exec('true'), 'command');
  await refusedAsUnsupported(executor.spawn('true').result, 'command');
}

async function merged({ executor }: Kit): Promise<void> {
  await refusedAsUnsupported(executor.exec(['true'], { stderr: 'stdout' }), 'stderr');
}

async function exits({ executor }: Kit): Promise<void> {
  const [good, bad, worse] = await Promise.all([executor.exec(['true']), executor.exec(['false']), executor.exec(['dd', 'if=/no/such'])]);
  assert.deepEqual([good.outcome, good.ok, good.exitCode], ['exited', true, 0]);
  assert.deepEqual([bad.outcome, bad.ok, bad.exitCode], ['exited', false, 1]);
  assert.equal(worse.exitCode, 1);
  assert.ok(worse.stderr.text.includes('/no/such'), worse.stderr.text);
}

async function words({ executor }: Kit): Promise<void> {
  const result = await executor.exec(['printf', '%s\\0', ...ARGUMENTS]);
  assert.deepEqual(result.stdout.text.split('\0').slice(0, -1), ARGUMENTS);
}

async function apart({ executor }: Kit): Promise<void> {
  const result = await executor.exec(['dd', 'if=/dev/zero', 'bs=1000', 'count=70']);
  assert.deepEqual(Buffer.from(result.stdout.bytes), Buffer.alloc(70_000));
  assert.match(result.stderr.text, /^70\+0 records in\n70\+0 records out\n/);
}

async function much({ executor }: Kit): Promise<void> {
  const { stdout } = await executor.exec(['head', '-c', '16777216', '/dev/zero'], { maxOutputBytes: 1_000 });
  assert.deepEqual([stdout.totalBytes, stdout.omittedBytes, stdout.head.length + stdout.tail.length], [2 ** 24, 2 ** 24 - 1_000, 1_000]);
}

async function noStdin({ executor }: Kit): Promise<void> {
  const result = await executor.exec(['cat']);
  assert.deepEqual([result.outcome, result.exitCode, result.stdout.totalBytes], ['exited', 0, 0]);
}

async function everyByte({ executor }: Kit): Promise<void> {
  const given = Buffer.concat(Array.from({ length: 4_096 }, () => EVERY_BYTE));
  const { stdout } = await executor.exec(['cat'], { stdin: given, maxOutputBytes: given.length });
  assert.ok(given.equals(stdout.bytes), `${stdout.totalBytes} bytes came back`);
}

async function conversation({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(['cat'], { stdin: 'pipe' });
  const output = execution.stdout[Symbol.asyncIterator]();
  for (const word of ['one', 'two']) {
    execution.stdin.write(word);
    assert.equal(String((await output.next()).value), word);
  }
  execution.stdin.end('three');
  assert.equal(String((await output.next()).value), 'three');
  assert.equal((await execution.result).exitCode, 0);
}

async function env({ executor, make }: Kit): Promise<void> {
  const awkward = { KIT_A: ' a "b" $c\n', KIT_EMPTY: '', KIT_GONE: undefined };
  const withDefault = await make({ defaults: { env: { KIT_GONE: 'x', KIT_KEPT: 'y' } } });
  const lines = (await withDefault.exec(['env'], { env: awkward })).stdout.text;
  for (const line of ['KIT_A= a "b" $c\n\n', 'KIT_EMPTY=\n', 'KIT_KEPT=y\n']) assert.ok(lines.includes(line), `${line} in ${lines}`);
  assert.ok(!lines.includes('KIT_GONE'), lines);
  assert.ok(!(await executor.exec(['env'])).stdout.text.includes('KIT_'));
}

async function cwd({ executor, make }: Kit): Promise<void> {
  assert.equal((await executor.exec(['pwd'], { cwd: '/usr' })).stdout.text, '/usr\n');
  const inUsr = await make({ defaults: { cwd: '/usr' } });
  assert.equal((await inUsr.exec(['pwd'], { cwd: 'bin/' })).stdout.text.trim().replace(/\/$/, ''), '/usr/bin');
}

async function noDirectory({ executor }: Kit): Promise<void> {
  for (const name of ['/errand-no-such-directory', '/tmp/errand-no-such-directory']) {
    const error = await refused(executor.exec(['true'], { cwd: name }), 'EXEC_NOT_FOUND');
    assert.deepEqual([error.detail.what, error.detail.name], ['cwd', name]);
  }
  await assert.rejects(
    executor.exec(['true'], { cwd: '/etc/passwd' }),
    (error: { detail?: { what?: string } }) => error.detail?.what === 'cwd',
  );
}

async function noProgram({ executor }: Kit): Promise<void> {
  for (const name of ['errand-no-such-program', '/errand/no/such/program', './errand-no-such-program']) {
    const error = await refused(executor.exec([name, 'argument']), 'EXEC_NOT_FOUND');
    assert.deepEqual([error.detail.what, error.detail.name], ['program', name]);
  }
  await refused(executor.exec(['true'], { env: { PATH: '/nonexistent' } }), 'EXEC_NOT_FOUND');
  for (const name of ['/usr', '/etc/passwd']) {
    const error = await refused(executor.exec([name]), 'EXEC_PERMISSION');
    assert.equal(error.detail.what, 'program');
  }
}

async function many({ executor }: Kit): Promise<void> {
  const numbers = Array.from({ length: 8 }, (_, i) => `number ${i}`);
  const results = await Promise.all(numbers.map((number) => executor.exec(['printf', number])));
  assert.deepEqual(
    results.map(({ stdout }) => stdout.text),
    numbers,
  );
}

async function abortedBefore({ executor }: Kit): Promise<void> {
  const reason = new Error('not wanted');
  await assert.rejects(executor.exec(['true'], { signal: AbortSignal.abort(reason) }), reason);
}

async function once({ executor }: Kit): Promise<void> {
  const run = (): Promise<string> =>
    executor.exec(['cat', '/proc/sys/kernel/random/uuid'], { idempotencyKey: 'kit-once' }).then(({ stdout }) => stdout.text);
  const [one, two] = await Promise.all([run(), run()]);
  assert.equal(one.trim().length, 36);
  assert.equal(one, two);
}

async function user({ executor }: Kit): Promise<void> {
  const own = (await executor.exec(['id', '-u'])).stdout.text.trim();
  const [name, uid] = own === '65534' ? ['root', '0'] : ['nobody', '65534'];
  assert.equal((await executor.exec(['id', '-u'], { user: name })).stdout.text.trim(), uid);
  const error = await refused(executor.exec(['id'], { user: 'errand-no-such-user' }), 'EXEC_NOT_FOUND');
  assert.deepEqual([error.detail.what, error.detail.name], ['user', 'errand-no-such-user']);
}

async function timedOut({ executor }: Kit): Promise<void> {
  const result = await executor.exec(SLEEP, { timeoutMs: 500 });
  assert.equal(result.outcome, 'timed-out');
  assert.ok(result.timings.runMs >= 490, `It took ${result.timings.runMs} ms.`);
}

async function givenUp({ executor }: Kit): Promise<void> {
  const [late, silent] = await Promise.all([
    executor.exec(['sleep', '4'], { timeoutMs: 500 }),
    executor.exec(['sleep', '4'], { idleTimeoutMs: 500 }),
  ]);
  for (const result of [late, silent]) {
    assert.equal(result.outcome, 'unknown');
    assert.match(result.reason ?? '', /500/);
    assert.ok(result.timings.runMs < 3_500, `It took ${result.timings.runMs} ms.`);
  }
}

async function killed({ executor, supports }: Kit): Promise<void> {
  const execution = executor.spawn(['tee'], { stdin: 'pipe' });
  execution.stdin.write('on');
  for await (const _chunk of execution) break;
  await execution.kill('SIGTERM');
  const { outcome, exitCode, signal } = await execution.result;
  assert.deepEqual([outcome, supports.exitSignal ? signal : exitCode], supports.exitSignal ? ['signaled', 'SIGTERM'] : ['exited', 143]);
  await execution.kill('SIGTERM');
}

async function disposed({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(SLEEP);
  await started(execution);
  await execution[Symbol.asyncDispose]();
  assert.equal(execution.state, 'ended');
}

async function cancelled({ executor, make }: Kit): Promise<void> {
  const abort = new AbortController();
  const execution = executor.spawn(SLEEP, { signal: abort.signal });
  await started(execution);
  abort.abort();
  assert.equal((await execution.result).outcome, 'cancelled');
  const other = await make();
  const open = other.spawn(SLEEP);
  await started(open);
  await other.close();
  assert.equal((await open.result).outcome, 'cancelled');
}

async function leftAlone({ executor }: Kit): Promise<void> {
  const abort = new AbortController();
  const execution = executor.spawn(['sleep', '3'], { signal: abort.signal });
  await started(execution);
  abort.abort();
  assert.equal((await execution.result).outcome, 'unknown');
}

async function refusedKill({ executor }: Kit): Promise<void> {
  const execution = executor.spawn(['sleep', '2']);
  await started(execution);
  await refusedAsUnsupported(execution.kill());
  assert.equal((await execution.result).exitCode, 0);
}

async function outOfMemory({ executor }: Kit): Promise<void> {
  const result = await executor.exec(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=512M', 'count=1'], { limits: { memoryBytes: 2 ** 25 } });
  assert.equal(result.outcome, 'out-of-memory', `${result.outcome} ${result.exitCode} ${result.stderr.text}`);
}

function started(execution: Execution): Promise<void> {
  return poll('It should run', 20_000, () => execution.state === 'running');
}
