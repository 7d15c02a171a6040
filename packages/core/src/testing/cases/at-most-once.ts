import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecOptions } from '../../options.ts';
import type { Concern, Kit } from '../case.ts';
import { refused } from '../tools/refused.ts';
import { inScratch, output, sharesFiles, unique } from '../tools/target.ts';
import { sharedHandles } from './shared-handles.ts';

/** Promise 4: one submission starts one process, or none; the same key gives the same execution. */
export const atMostOnce: Concern = {
  name: 'at most once',
  cases: (supports) => [
    ...(sharesFiles(supports)
      ? [
          { name: 'one submission starts one process', run: oneProcess },
          { name: 'the same key again, after the end, gives the same execution and starts nothing', run: sameKeyAfterEnd },
          { name: 'the same key many times at once is one execution and one process', run: sameKeyAtOnce },
          { name: 'without a key each submission is a process', run: withoutKey },
          { name: 'a key is forgotten after idempotencyTtlMs', run: forgotten },
        ]
      : []),
    { name: "a duplicate's handle has all the output and the streams of the first", run: duplicateStreams },
    { name: 'anything else under the same key is EXEC_CONFLICT', run: conflicts },
    ...(supports.stdin
      ? [
          { name: 'other stdin under the same key is EXEC_CONFLICT, the same bytes are not', run: stdinConflicts },
          { name: 'no stdin and an empty one are the same under a key', run: emptyStdin },
        ]
      : []),
    { name: "options that are not compared stay the first's", run: notCompared },
    { name: 'what certainly did not start may be submitted again under its key', run: notStarted },
    ...(supports.kill ? sharedHandles : []),
  ],
};

/** A command that leaves a line in a file each time it runs, and how to count them. */
function counted(executor: Kit['executor'], dir: string): { readonly command: string; readonly runs: () => Promise<number> } {
  const command = `echo ran >>${dir}/runs; sleep 0.1; echo $$`;
  return { command, runs: async () => Number(await output(executor, `cat ${dir}/runs 2>/dev/null | wc -l`)) };
}

async function oneProcess({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const { command, runs } = counted(executor, dir);
    for (let i = 1; i <= 5; i++) {
      await executor.exec(command);
      assert.equal(await runs(), i);
    }
    await executor.exec(['sh', '-c', command], { idempotencyKey: unique() });
    await delay(100);
    assert.equal(await runs(), 6);
  });
}

async function sameKeyAfterEnd({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const { command, runs } = counted(executor, dir);
    const idempotencyKey = unique();
    const first = await executor.exec(command, { idempotencyKey });
    const again = await executor.exec(command, { idempotencyKey });
    assert.equal(again.executionId, first.executionId);
    assert.equal(again.stdout.text, first.stdout.text);
    assert.equal(await runs(), 1);
  });
}

async function sameKeyAtOnce({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const { command, runs } = counted(executor, dir);
    const idempotencyKey = unique();
    const results = await Promise.all(Array.from({ length: 8 }, () => executor.exec(command, { idempotencyKey })));
    assert.equal(new Set(results.map((result) => result.executionId)).size, 1);
    assert.equal(new Set(results.map((result) => result.stdout.text)).size, 1);
    assert.equal(await runs(), 1);
  });
}

async function withoutKey({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    const { command, runs } = counted(executor, dir);
    const results = await Promise.all([
      executor.exec(command),
      executor.exec(command),
      executor.exec(command, { idempotencyKey: unique() }),
    ]);
    assert.equal(new Set(results.map((result) => result.executionId)).size, 3);
    assert.equal(await runs(), 3);
  });
}

async function forgotten({ make }: Kit): Promise<void> {
  const executor = await make({ idempotencyTtlMs: 600 });
  await inScratch(executor, async (dir) => {
    const { command, runs } = counted(executor, dir);
    const idempotencyKey = unique();
    const first = await executor.exec(command, { idempotencyKey });
    await delay(700);
    const later = await executor.exec(command, { idempotencyKey });
    assert.notEqual(later.executionId, first.executionId);
    assert.equal(await runs(), 2);
  });
}

async function duplicateStreams({ executor }: Kit): Promise<void> {
  const idempotencyKey = unique();
  const command = 'echo one; sleep 0.3; echo two';
  const first = executor.spawn(command, { idempotencyKey });
  await delay(150);
  const second = executor.spawn(command, { idempotencyKey });
  assert.equal(second.id, first.id);
  let seen = '';
  for await (const chunk of second) seen += Buffer.from(chunk.data).toString();
  assert.equal(seen, 'one\ntwo\n');
  assert.equal((await first.result).stdout.text, seen);
  assert.equal((await second.result).stdout.text, seen);
}

async function conflicts({ executor, supports }: Kit): Promise<void> {
  const idempotencyKey = unique();
  const same: ExecOptions = { idempotencyKey, env: { KIT_A: 'a' } };
  const first = await executor.exec('echo a', same);
  const others: readonly (readonly [string | readonly string[], ExecOptions])[] = [
    ['echo b', same],
    [['echo', 'a'], same],
    ['echo a', { ...same, cwd: '/usr' }],
    ['echo a', { idempotencyKey, env: { KIT_A: 'b' } }],
    ['echo a', { idempotencyKey, env: { KIT_A: undefined } }],
    ['echo a', { idempotencyKey }],
    ['echo a', { ...same, shell: '/bin/bash' }],
    ['echo a', { ...same, tenant: 'somebody' }],
    ...(supports.user ? [['echo a', { ...same, user: 'nobody' }] as const] : []),
  ];
  for (const [command, options] of others) await refused(executor.exec(command, options), 'EXEC_CONFLICT');
  assert.equal((await executor.exec('echo a', same)).executionId, first.executionId);
  const running = executor.exec('sleep 0.5', { idempotencyKey: `${idempotencyKey}-2` });
  await refused(executor.exec('sleep 0.4', { idempotencyKey: `${idempotencyKey}-2` }), 'EXEC_CONFLICT');
  await running;
}

async function stdinConflicts({ executor }: Kit): Promise<void> {
  const idempotencyKey = unique();
  const first = await executor.exec('cat', { idempotencyKey, stdin: 'bytes' });
  const again = await executor.exec('cat', { idempotencyKey, stdin: Buffer.from('bytes') });
  assert.equal(again.executionId, first.executionId);
  await refused(executor.exec('cat', { idempotencyKey, stdin: 'other' }), 'EXEC_CONFLICT');
  await refused(executor.exec('cat', { idempotencyKey }), 'EXEC_CONFLICT');
}

async function emptyStdin({ executor }: Kit): Promise<void> {
  const idempotencyKey = unique();
  const first = await executor.exec('cat', { idempotencyKey });
  for (const stdin of ['', new Uint8Array()]) {
    const again = await executor.exec('cat', { idempotencyKey, stdin });
    assert.equal(again.executionId, first.executionId, 'It was taken for another submission.');
  }
}

async function notCompared({ executor }: Kit): Promise<void> {
  const idempotencyKey = unique();
  const first = executor.exec('sleep 0.6; echo done', { idempotencyKey, labels: { a: '1' } });
  const second = executor.exec('sleep 0.6; echo done', {
    idempotencyKey,
    labels: { a: '2' },
    timeoutMs: 100,
    maxOutputBytes: 0,
    killGraceMs: 0,
  });
  assert.equal((await second).outcome, 'exited');
  assert.equal((await second).stdout.text, 'done\n');
  assert.equal((await second).executionId, (await first).executionId);
}

async function notStarted({ executor }: Kit): Promise<void> {
  const idempotencyKey = unique();
  await refused(executor.exec(['errand-no-such-program'], { idempotencyKey }), 'EXEC_NOT_FOUND');
  assert.equal((await executor.exec('echo now', { idempotencyKey })).stdout.text, 'now\n');
}
