import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Supports } from '../../supports.ts';
import type { Case, Kit } from '../case.ts';
import { much, printMuch } from '../tools/print-much.ts';
import { readAll } from '../tools/read-all.ts';
import { WITH_ESCAPE } from '../tools/scripts.ts';

/** Readers that pause, never read, or come back late. */
export function slowReaders(supports: Supports): readonly Case[] {
  return [
    { name: 'a reader that pauses stops the command, and then gets everything', run: backPressure },
    { name: 'a command that nobody reads is not stopped', run: notRead },
    { name: 'a reader that never reads holds a result no longer than killGraceMs, and the output is counted', run: neverReads },
    { name: 'a reader that comes back after killGraceMs gets what is kept, and the end', run: comesBack },
    { name: 'a command that a paused reader holds back is not idle', run: heldIsNotIdle },
    ...(supports.kill ? [{ name: 'a timeout passes although a reader pauses', run: timeoutWhilePaused }] : []),
  ];
}

async function backPressure(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn(`${printMuch(kit)}; echo end`);
  const { stdout } = execution;
  await delay(900);
  assert.equal(execution.state, 'running', 'The command wrote all of it, and nobody took it.');
  const read = await readAll(stdout);
  assert.equal(read.length, much(kit) + 4);
  assert.equal(read.subarray(-4).toString(), 'end\n');
  const result = await execution.result;
  assert.equal(result.outcome, 'exited');
  assert.equal(result.stdout.totalBytes, much(kit) + 4);
}

async function notRead(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn(printMuch(kit));
  assert.equal((await execution.result).stdout.totalBytes, much(kit));
}

async function neverReads({ executor }: Kit): Promise<void> {
  const execution = executor.spawn('dd if=/dev/zero bs=1024 count=40 2>/dev/null; echo err >&2', { killGraceMs: 500 });
  const { stdout } = execution;
  const result = await execution.result;
  assert.equal(result.outcome, 'exited');
  assert.ok(result.timings.runMs < 3_000, `It took ${result.timings.runMs} ms.`);
  assert.equal(result.stdout.totalBytes, 40_960);
  stdout.destroy();
}

/** A daemon goes on writing when the reader's time is over, so that what it writes then must wake the reader still. */
async function comesBack({ executor }: Kit): Promise<void> {
  const lines = Array.from({ length: 40 }, (_, i) => i).join(' ');
  const daemon = `dd if=/dev/zero bs=1000 count=390 2>/dev/null; for i in ${lines}; do echo x; sleep 0.03; done`;
  const execution = executor.spawn(`${WITH_ESCAPE}$ESCAPE sh -c '${daemon}' & sleep 0.3`, { killGraceMs: 100 });
  const { stdout } = execution;
  await delay(700);
  let read = 0;
  for await (const piece of stdout) read += piece.length;
  const result = await execution.result;
  assert.equal(result.stdout.omittedBytes, 0);
  assert.equal(read, result.stdout.totalBytes);
}

async function timeoutWhilePaused(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn(printMuch(kit), { timeoutMs: 500, killGraceMs: 500 });
  const { stdout } = execution;
  const result = await execution.result;
  assert.equal(result.outcome, 'timed-out');
  assert.ok(result.timings.runMs < 4_000, `It took ${result.timings.runMs} ms.`);
  stdout.destroy();
}

async function heldIsNotIdle(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn(`${printMuch(kit)}; echo end`, { idleTimeoutMs: 400, killGraceMs: 500 });
  const { stdout } = execution;
  await delay(900);
  const read = await readAll(stdout);
  const result = await execution.result;
  assert.equal(result.outcome, 'exited', `A command that could not print was ended: ${result.outcome}.`);
  assert.equal(read.length, much(kit) + 4);
}
