import assert from 'node:assert/strict';
import { stat } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Case, Kit } from '../case.ts';
import { WITH_ESCAPE } from '../tools/scripts.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** Deadlines while this process's event loop is blocked: what the command did meanwhile counts, not when it was heard. */
export const blockedClient: readonly Case[] = [
  { name: 'a command that exited in time is not timed-out because this process was blocked', run: exitedMeanwhile },
  { name: 'output that came while this process was blocked keeps idleTimeoutMs from passing', run: printedMeanwhile },
];

/** Needs a daemon that outlives its command. */
export const blockedDrain: Case = {
  name: 'output that came after the exit while this process was blocked is not lost',
  run: leftMeanwhile,
};

/** Less than a result waits for more output after the exit. */
const SOON_MS = 40;

/** A busy daemon may take most of a second to tell an exit. */
const EXIT_BY_MS = 2_500;

/** Blocks the event loop from a callback of a file operation, after which timers fire before what came meanwhile is read. */
function block(ms: number): Promise<void> {
  return new Promise((resolve) => {
    stat('.', () => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      resolve();
    });
  });
}

async function exitedMeanwhile({ executor }: Kit): Promise<void> {
  const watch = watchOutput();
  const execution = executor.spawn('echo on; sleep 0.05; exit 3', { timeoutMs: EXIT_BY_MS, onOutput: watch.onOutput });
  await watch.line(execution);
  await block(EXIT_BY_MS + 100);
  const result = await execution.result;
  assert.equal(result.outcome, 'exited', `It exited in time, and is ${result.outcome}: ${result.reason}`);
  assert.equal(result.exitCode, 3);
}

async function printedMeanwhile({ executor }: Kit): Promise<void> {
  const watch = watchOutput();
  const script = 'for i in 1 2 3 4 5; do echo $i; sleep 0.2; done';
  const execution = executor.spawn(script, { idleTimeoutMs: 600, onOutput: watch.onOutput });
  await watch.line(execution);
  await block(800);
  const result = await execution.result;
  assert.equal(result.outcome, 'exited', `It was never silent for 600 ms, and is ${result.outcome}.`);
}

/**
 * This process is blocked just after the exit, while what the command left writes on stdout. Where each stream ends by itself, stderr's end
 * tells the exit; elsewhere it follows soon on the last that the command says.
 */
async function leftMeanwhile({ executor }: Kit): Promise<void> {
  const daemon = 'exec 2>/dev/null; echo on; sleep 0.5; dd if=/dev/zero bs=1000 count=50';
  const watch = watchOutput();
  const execution = executor.spawn(`${WITH_ESCAPE}$ESCAPE sh -c '${daemon}' & sleep 0.1; echo over`, { onOutput: watch.onOutput });
  const ended = finished(execution.stderr.resume());
  await watch.line(execution, 2);
  await Promise.race([ended, delay(SOON_MS)]);
  await block(2_500);
  assert.equal((await execution.result).stdout.totalBytes, 50_008);
}
