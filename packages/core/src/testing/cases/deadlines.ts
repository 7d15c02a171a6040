import assert from 'node:assert/strict';
import type { Case, Concern, Kit } from '../case.ts';
import { refusedOption } from '../tools/refused.ts';
import { blockedClient, blockedDrain } from './blocked-client.ts';

const DAY_MS = 86_400_000;

/** Promise 3, as far as this client sees it: `timeoutMs`, `idleTimeoutMs`, `startTimeoutMs`, `killSignal`, `killGraceMs`. */
export const deadlines: Concern = {
  name: 'deadlines hold',
  cases: (supports) => [
    { name: 'timeoutMs ends the command: timed-out, with its output and a reason', run: timedOut },
    { name: 'timeoutMs passes a command by that ends before it', run: inTime },
    ...(supports.kill ? bySignal : []),
    { name: 'idleTimeoutMs ends a command that went silent: idle-timed-out', run: idle },
    { name: 'output on either stream keeps idleTimeoutMs from passing', run: notIdle },
    ...blockedClient,
    ...(supports.containment === 'container' ? [] : [blockedDrain]),
    { name: 'startTimeoutMs does not bound how long a command runs', run: startTimeoutIsForStarting },
    { name: 'the longest timeoutMs is accepted', run: longest },
    ...(supports.maxTimeoutMs < 2 ** 31 - 1 ? [{ name: 'a timeoutMs beyond supports.maxTimeoutMs is refused', run: tooLong }] : []),
  ],
};

const bySignal: readonly Case[] = [
  { name: "a command that ends by itself at a timeout's signal is timed-out, with its last words and exit code", run: lastWords },
  { name: 'a command that ignores the signal is killed after killGraceMs', run: stubborn },
  { name: 'killGraceMs 0 leaves no grace', run: noGrace },
  { name: 'killSignal is what a timeout sends first', run: ownKillSignal },
  { name: 'of timeoutMs and idleTimeoutMs the one that passes first decides', run: firstOfTwo },
];

async function timedOut({ executor }: Kit): Promise<void> {
  const result = await executor.exec('echo out; echo err >&2; sleep 60; echo not this', { timeoutMs: 400 });
  assert.equal(result.outcome, 'timed-out');
  assert.equal(result.ok, false);
  assert.equal(result.stdout.text, 'out\n');
  assert.equal(result.stderr.text, 'err\n');
  assert.match(result.reason ?? '', /400|timeout/i, 'The reason should tell of the timeout.');
  assert.ok(result.timings.runMs >= 390 && result.timings.runMs < 4_000, `It took ${result.timings.runMs} ms.`);
}

async function inTime({ executor }: Kit): Promise<void> {
  const result = await executor.exec('sleep 0.1; echo done', { timeoutMs: 10_000 });
  assert.equal(result.outcome, 'exited');
  assert.equal(result.stdout.text, 'done\n');
  assert.equal(result.reason, undefined, 'A plain exit needs no reason.');
}

async function lastWords({ executor }: Kit): Promise<void> {
  const script = "trap 'echo last words; exit 7' TERM; echo first; while :; do sleep 0.05; done";
  const result = await executor.exec(script, { timeoutMs: 400 });
  assert.equal(result.outcome, 'timed-out');
  assert.equal(result.ok, false);
  assert.equal(result.stdout.text, 'first\nlast words\n');
  assert.ok(result.exitCode === 7 || result.exitCode === undefined, `It exited with 7, not ${result.exitCode}.`);
}

const IGNORES_TERM = "trap '' TERM; echo on; while :; do sleep 0.05; done";

async function stubborn({ executor }: Kit): Promise<void> {
  const result = await executor.exec(IGNORES_TERM, { timeoutMs: 300, killGraceMs: 600 });
  assert.equal(result.outcome, 'timed-out');
  assert.ok(result.timings.runMs >= 880, `SIGKILL came after ${result.timings.runMs} ms, before timeoutMs and killGraceMs had passed.`);
  assert.ok(result.timings.runMs < 5_000, `It took ${result.timings.runMs} ms.`);
}

async function noGrace({ executor }: Kit): Promise<void> {
  const result = await executor.exec(IGNORES_TERM, { timeoutMs: 300, killGraceMs: 0 });
  assert.equal(result.outcome, 'timed-out');
  assert.ok(result.timings.runMs < 3_000, `It took ${result.timings.runMs} ms.`);
}

async function ownKillSignal({ executor }: Kit): Promise<void> {
  const script = "trap 'echo interrupted; exit 3' INT; trap 'echo terminated; exit 4' TERM; while :; do sleep 0.05; done";
  const result = await executor.exec(script, { timeoutMs: 400, killSignal: 'SIGINT' });
  assert.equal(result.outcome, 'timed-out');
  assert.equal(result.stdout.text, 'interrupted\n');
}

async function idle({ executor }: Kit): Promise<void> {
  const result = await executor.exec('echo one; sleep 0.1; echo two; sleep 60', { idleTimeoutMs: 700 });
  assert.equal(result.outcome, 'idle-timed-out');
  assert.equal(result.stdout.text, 'one\ntwo\n');
  assert.match(result.reason ?? '', /\S/);
  assert.ok(result.timings.runMs >= 780, `It was ended after ${result.timings.runMs} ms, sooner than 700 ms after its last output.`);
}

async function notIdle({ executor }: Kit): Promise<void> {
  const script = 'for i in 1 2 3; do sleep 0.2; echo $i; sleep 0.2; echo $i >&2; done';
  const result = await executor.exec(script, { idleTimeoutMs: 1_000 });
  assert.equal(result.outcome, 'exited');
  assert.equal(result.stdout.text, '1\n2\n3\n');
}

async function firstOfTwo({ executor }: Kit): Promise<void> {
  const [timeoutFirst, idleFirst] = await Promise.all([
    executor.exec(IGNORES_TERM, { timeoutMs: 300, idleTimeoutMs: 500, killGraceMs: 800 }),
    executor.exec(IGNORES_TERM, { timeoutMs: 600, idleTimeoutMs: 300, killGraceMs: 800 }),
  ]);
  assert.equal(timeoutFirst.outcome, 'timed-out');
  assert.equal(idleFirst.outcome, 'idle-timed-out');
}

async function startTimeoutIsForStarting({ executor }: Kit): Promise<void> {
  await executor.exec(':');
  const startTimeoutMs = 20_000;
  const [short, long] = await Promise.all([
    executor.exec('echo short', { startTimeoutMs }),
    executor.exec('sleep 0.4; echo long', { startTimeoutMs }),
  ]);
  assert.equal(short.stdout.text, 'short\n');
  assert.equal(long.stdout.text, 'long\n');
}

async function longest({ executor, supports }: Kit): Promise<void> {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => {
    warnings.push(warning);
  };
  process.on('warning', onWarning);
  try {
    const timeoutMs = Math.min(2 ** 31 - 1, supports.maxTimeoutMs);
    const result = await executor.exec('sleep 0.1; echo done', { timeoutMs, idleTimeoutMs: Math.min(timeoutMs, 20 * DAY_MS) });
    assert.equal(result.outcome, 'exited');
    assert.equal(result.stdout.text, 'done\n');
    assert.deepEqual(warnings.map(String), []);
  } finally {
    process.off('warning', onWarning);
  }
}

async function tooLong({ executor, supports }: Kit): Promise<void> {
  await refusedOption(executor.exec(':', { timeoutMs: supports.maxTimeoutMs + 1 }), 'timeoutMs');
}
