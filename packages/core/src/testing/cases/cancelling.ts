import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Executor } from '../../executor.ts';
import type { Case, Concern, Kit } from '../case.ts';
import { refused, rejection } from '../tools/refused.ts';
import { cancels, inScratch, sharesFiles } from '../tools/target.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** Cancelling, and which of several causes decides the outcome. */
export const cancelling: Concern = {
  name: 'cancelling',
  cases: (supports) => [
    { name: "aborted before, exec rejects with the signal's reason", run: abortedBefore },
    ...(sharesFiles(supports) ? [{ name: 'aborted before, nothing starts', run: nothingStarts }] : []),
    { name: 'aborted in the turn of its submission, it rejects and nothing runs', run: abortedAtOnce },
    ...(supports.kill
      ? [{ name: 'killed or disposed of in the turn of its submission, it rejects and nothing runs', run: killedAtOnce }]
      : []),
    { name: 'closed in the turn of its submission, it rejects and nothing runs', run: closedAtOnce },
    ...(cancels(supports)
      ? confirmed
      : [{ name: 'aborted while it runs, nobody waits for it: unknown, with the output until then', run: abortedUnseen }]),
    { name: 'aborted after the end, nothing changes', run: abortedAfter },
    { name: 'a signal shared by many commands keeps no listener', run: noListenerKept },
    { name: 'the first cause wins: a timeout, then an abort and a kill', run: timeoutThenAbort },
  ],
};

/** Where an abort ends the command, and not just the waiting for it. */
const confirmed: readonly Case[] = [
  { name: 'aborted while it runs, the outcome is cancelled, with the output until then', run: abortedWhileRunning },
  { name: 'aborted while it starts, it settles and does not go on', run: abortedWhileStarting },
  { name: 'the first cause wins: an abort, then a timeout', run: abortThenTimeout },
  { name: 'a command that handles the signal of a cancel is cancelled all the same', run: handledCancel },
];

async function abortedBefore({ executor }: Kit): Promise<void> {
  const reason = new Error('changed my mind');
  const signal = AbortSignal.abort(reason);
  assert.equal(await rejection(executor.exec('echo no', { signal })), reason);
  const execution = executor.spawn('echo no', { signal });
  assert.equal(await rejection(execution.result), reason);
  assert.equal(execution.state, 'ended');
  await execution.released;
}

async function nothingStarts({ executor }: Kit): Promise<void> {
  await inScratch(executor, async (dir) => {
    await rejection(executor.exec(`echo ran >${dir}/ran`, { signal: AbortSignal.abort() }));
    await delay(200);
    assert.equal((await executor.exec(['test', '-e', `${dir}/ran`])).exitCode, 1, 'The command ran.');
  });
}

/** Gives `body` a command and the executor to run it with, which was used before; then looks whether it ran. */
async function leavesNoTrace(
  { executor: other, supports, make }: Kit,
  body: (executor: Executor, script: string) => Promise<void>,
): Promise<void> {
  const executor = await make();
  await executor.exec(':');
  if (!sharesFiles(supports)) return body(executor, 'sleep 60');
  await inScratch(other, async (dir) => {
    await body(executor, `echo ran >${dir}/ran; sleep 60`);
    await delay(200);
    assert.equal((await other.exec(['test', '-e', `${dir}/ran`])).exitCode, 1, 'The command ran.');
  });
}

async function abortedAtOnce(kit: Kit): Promise<void> {
  await leavesNoTrace(kit, async (executor, script) => {
    const reason = new Error('changed my mind at once');
    const abort = new AbortController();
    const execution = executor.spawn(script, { signal: abort.signal, killGraceMs: 500 });
    abort.abort(reason);
    assert.equal(await rejection(execution.result), reason);
    assert.equal(execution.state, 'ended');
    await execution.released;
  });
}

async function killedAtOnce(kit: Kit): Promise<void> {
  await leavesNoTrace(kit, async (executor, script) => {
    const [killed, signalled, disposed] = [1, 2, 3].map(() => executor.spawn(script, { killGraceMs: 500 }));
    await Promise.all([killed?.kill(), signalled?.kill('SIGINT'), disposed?.[Symbol.asyncDispose]()]);
    for (const execution of [killed, signalled, disposed]) if (execution) await refused(execution.result, 'EXEC_CLOSED');
  });
}

async function closedAtOnce(kit: Kit): Promise<void> {
  await leavesNoTrace(kit, async (executor, script) => {
    const execution = executor.spawn(script, { killGraceMs: 500 });
    await executor.close();
    await refused(execution.result, 'EXEC_CLOSED');
  });
}

async function abortedWhileRunning({ executor }: Kit): Promise<void> {
  const watch = watchOutput();
  const abort = new AbortController();
  const execution = executor.spawn('echo begun; sleep 60; echo not this', { signal: abort.signal, onOutput: watch.onOutput });
  await watch.line(execution);
  assert.equal(execution.state, 'running');
  abort.abort();
  const result = await execution.result;
  assert.equal(result.outcome, 'cancelled');
  assert.equal(result.ok, false);
  assert.equal(result.stdout.text, 'begun\n');
  assert.match(result.reason ?? '', /\S/);
  assert.equal(execution.state, 'ended');
}

/** Its own deadline ends it, which nobody here sees. */
async function abortedUnseen({ executor }: Kit): Promise<void> {
  const watch = watchOutput();
  const abort = new AbortController();
  const options = { signal: abort.signal, timeoutMs: 15_000, onOutput: watch.onOutput };
  const execution = executor.spawn('echo begun; sleep 60; echo not this', options);
  await watch.line(execution);
  abort.abort();
  const result = await execution.result;
  assert.equal(result.outcome, 'unknown', 'Nobody confirmed that it ended.');
  assert.equal(result.stdout.text, 'begun\n');
  assert.match(result.reason ?? '', /\S/);
  assert.ok(result.timings.runMs < 10_000, `It was waited for, ${result.timings.runMs} ms.`);
}

async function abortedWhileStarting({ executor }: Kit): Promise<void> {
  const reason = new Error('at once');
  for (const delayed of [false, true]) {
    const abort = new AbortController();
    const execution = executor.spawn('sleep 60', { signal: abort.signal, killGraceMs: 500 });
    if (delayed) await delay(1);
    abort.abort(reason);
    const [settled] = await Promise.allSettled([execution.result]);
    if (settled.status === 'fulfilled') assert.equal(settled.value.outcome, 'cancelled');
    else assert.equal(settled.reason, reason);
    await execution.released;
  }
}

async function abortedAfter({ executor }: Kit): Promise<void> {
  const abort = new AbortController();
  const execution = executor.spawn('echo done', { signal: abort.signal });
  const before = await execution.result;
  abort.abort();
  await delay(20);
  assert.equal(await execution.result, before);
  assert.equal(before.outcome, 'exited');
}

async function noListenerKept({ executor }: Kit): Promise<void> {
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 20 }, (_, i) => executor.exec(`exit ${i}`, { signal })));
  await rejection(executor.exec([''], { signal }));
  await rejection(executor.exec(['errand-no-such-program'], { signal }));
  assert.equal(getEventListeners(signal, 'abort').length, 0);
}

const IGNORES_TERM = "trap '' TERM; echo on; while :; do sleep 0.05; done";

async function abortThenTimeout({ executor }: Kit): Promise<void> {
  const watch = watchOutput();
  const abort = new AbortController();
  const options = { signal: abort.signal, timeoutMs: 600, killGraceMs: 1_000, onOutput: watch.onOutput };
  const execution = executor.spawn(IGNORES_TERM, options);
  await watch.line(execution);
  abort.abort();
  assert.equal((await execution.result).outcome, 'cancelled');
}

async function timeoutThenAbort({ executor, supports }: Kit): Promise<void> {
  const abort = new AbortController();
  const watch = watchOutput();
  const options = { signal: abort.signal, timeoutMs: 300, killGraceMs: 1_200, onOutput: watch.onOutput };
  const execution = executor.spawn(IGNORES_TERM, options);
  // A deadline counts from the start.
  await watch.line(execution);
  await delay(500);
  abort.abort();
  if (supports.kill) await execution.kill();
  assert.equal((await execution.result).outcome, 'timed-out');
}

async function handledCancel({ executor }: Kit): Promise<void> {
  const watch = watchOutput();
  const abort = new AbortController();
  const script = "trap 'echo cleaned; exit 0' TERM; echo on; while :; do sleep 0.05; done";
  const execution = executor.spawn(script, { signal: abort.signal, onOutput: watch.onOutput });
  await watch.line(execution);
  abort.abort();
  const result = await execution.result;
  assert.equal(result.outcome, 'cancelled');
  assert.equal(result.ok, false);
  assert.equal(result.stdout.text, 'on\ncleaned\n');
}
