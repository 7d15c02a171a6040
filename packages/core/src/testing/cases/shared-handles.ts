import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Case, Kit } from '../case.ts';
import { poll } from '../tools/poll.ts';
import { SLEEP } from '../tools/scripts.ts';
import { gone, isRunning, sharesFiles, unique } from '../tools/target.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** Handles of many callers on one execution, and what letting go of one does. */
export const sharedHandles: readonly Case[] = [
  { name: 'a disposed handle leaves the command running for the others', run: disposedHandle },
  { name: 'an aborted signal releases its own handle only', run: abortedHandle },
  { name: 'the command is ended when its last handle is gone', run: lastHandle },
  { name: 'kill() through one handle ends the command for all', run: killedForAll },
];

const SHARED = `echo $$; ${SLEEP}; echo not this`;

async function disposedHandle({ executor }: Kit): Promise<void> {
  const idempotencyKey = unique();
  const watch = watchOutput();
  const command = 'echo on; sleep 0.5; echo whole';
  const first = executor.spawn(command, { idempotencyKey, onOutput: watch.onOutput });
  const second = executor.spawn(command, { idempotencyKey });
  await watch.line(first);
  await first[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  const result = await second.result;
  assert.equal(result.outcome, 'exited');
  assert.equal(result.stdout.text, 'on\nwhole\n');
}

async function abortedHandle({ executor }: Kit): Promise<void> {
  const idempotencyKey = unique();
  const watch = watchOutput();
  const abort = new AbortController();
  const command = 'echo on; sleep 0.7; echo whole';
  const first = executor.spawn(command, { idempotencyKey, onOutput: watch.onOutput, signal: abort.signal });
  const second = executor.spawn(command, { idempotencyKey });
  await watch.line(first);
  const begin = performance.now();
  abort.abort();
  assert.equal((await first.result).outcome, 'cancelled');
  assert.ok(performance.now() - begin < 600, 'The aborted handle should settle at once.');
  assert.equal((await second.result).outcome, 'exited');
  assert.equal((await second.result).stdout.text, 'on\nwhole\n');
}

async function lastHandle({ executor, supports }: Kit): Promise<void> {
  const idempotencyKey = unique();
  const watch = watchOutput();
  const abort = new AbortController();
  const first = executor.spawn(SHARED, { idempotencyKey, onOutput: watch.onOutput, killGraceMs: 500 });
  const second = executor.spawn(SHARED, { idempotencyKey, signal: abort.signal });
  const pid = await watch.line(first);
  await first[Symbol.asyncDispose]();
  // Where each command has pids of its own, another's tell nothing of it.
  const goesOn = sharesFiles(supports) ? await isRunning(executor, pid) : second.state === 'running';
  assert.ok(goesOn, 'One handle was left, and the command was ended.');
  abort.abort();
  await second.result;
  await poll(
    'The execution should have been released',
    4_000,
    async () => (await Promise.race([second.released.then(() => true), delay(10, false)])) === true,
  );
  await gone(executor, pid);
}

async function killedForAll({ executor }: Kit): Promise<void> {
  const idempotencyKey = unique();
  const watch = watchOutput();
  const first = executor.spawn(SHARED, { idempotencyKey, onOutput: watch.onOutput, killGraceMs: 500 });
  const second = executor.spawn(SHARED, { idempotencyKey });
  const pid = await watch.line(first);
  await second.kill();
  const [one, other] = await Promise.all([first.result, second.result]);
  assert.equal(one.ok, false);
  assert.equal(one.outcome, other.outcome);
  assert.equal(one.executionId, other.executionId);
  await gone(executor, pid);
}
