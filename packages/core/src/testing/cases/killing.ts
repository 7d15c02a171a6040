import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Execution } from '../../execution.ts';
import type { SpawnOptions } from '../../options.ts';
import type { Signal } from '../../result.ts';
import type { Concern, Kit } from '../case.ts';
import { refusedAsUnsupported, refusedOption } from '../tools/refused.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** `kill()`, `kill(signal)` and disposal; the trees that they end are with the trees. */
export const killing: Concern = {
  name: 'kill',
  cases: (supports) =>
    supports.kill
      ? [
          { name: 'kill() ends a command by killSignal: signaled', run: killed },
          { name: 'kill() of a command that handles the signal: exited, with its own code', run: handled },
          { name: 'kill() of a command that ignores the signal ends it by SIGKILL after killGraceMs', run: stubborn },
          { name: 'kill() sends killSignal', run: ownKillSignal },
          { name: 'kill(signal) only sends that signal', run: onlySends },
          { name: 'kill(signal) reaches the whole process group', run: wholeGroup },
          { name: 'nothing follows kill(signal), even when the command ignores it', run: nothingFollows },
          { name: 'kill() twice, and after the end, does nothing more', run: twice },
          { name: 'kill() right after spawn settles', run: rightAfterSpawn },
          { name: 'kill() with a name that is no signal is refused', run: badSignal },
          { name: 'kill() is not a cancel: a later abort changes nothing', run: killThenAbort },
        ]
      : [{ name: 'kill() is refused', run: killRefused }],
};

async function running(kit: Kit, script: string, options: SpawnOptions = {}): Promise<Execution> {
  const watch = watchOutput();
  const execution = kit.executor.spawn(script, { ...options, onOutput: watch.onOutput });
  await watch.line(execution);
  return execution;
}

function assertSignaled({ supports }: Kit, result: Awaited<Execution['result']>, signal: Signal): void {
  assert.equal(result.ok, false);
  if (!supports.exitSignal) return;
  assert.equal(result.outcome, 'signaled');
  assert.equal(result.signal, signal);
  assert.equal(result.exitCode, undefined, 'A command that died by a signal has no exit code.');
  assert.match(result.reason ?? '', /\S/);
}

async function killed(kit: Kit): Promise<void> {
  const execution = await running(kit, 'echo on; exec sleep 60');
  await execution.kill();
  const result = await execution.result;
  assertSignaled(kit, result, 'SIGTERM');
  assert.equal(result.stdout.text, 'on\n');
  await execution.released;
}

async function handled(kit: Kit): Promise<void> {
  const execution = await running(kit, "trap 'echo bye; exit 5' TERM; echo on; while :; do sleep 0.05; done");
  await execution.kill();
  const result = await execution.result;
  assert.equal(result.outcome, 'exited');
  assert.equal(result.exitCode, 5);
  assert.equal(result.stdout.text, 'on\nbye\n');
}

const IGNORES_TERM = "trap '' TERM; echo on; while :; do sleep 0.05; done";

async function stubborn(kit: Kit): Promise<void> {
  const execution = await running(kit, IGNORES_TERM, { killGraceMs: 400 });
  const begin = performance.now();
  await execution.kill();
  assertSignaled(kit, await execution.result, 'SIGKILL');
  const took = performance.now() - begin;
  assert.ok(took >= 380, `SIGKILL came after ${took} ms, before killGraceMs had passed.`);
}

async function ownKillSignal(kit: Kit): Promise<void> {
  const execution = await running(kit, "trap 'exit 11' INT; echo on; while :; do sleep 0.05; done", { killSignal: 'SIGINT' });
  await execution.kill();
  const result = await execution.result;
  assert.equal(result.outcome, 'exited');
  assert.equal(result.exitCode, 11);
}

async function onlySends(kit: Kit): Promise<void> {
  const script = 'trap \'got=yes\' USR1; echo on; while [ -z "$got" ]; do sleep 0.05; done; echo "got $got"; exit 6';
  const execution = await running(kit, script, { killGraceMs: 0 });
  await execution.kill('SIGUSR1');
  const result = await execution.result;
  assert.equal(result.outcome, 'exited');
  assert.equal(result.exitCode, 6);
  assert.equal(result.stdout.text, 'on\ngot yes\n');
}

async function wholeGroup(kit: Kit): Promise<void> {
  const child = 'sh -c \'trap "echo child; exit 0" USR1; echo ready; while :; do sleep 0.05; done\' &';
  const execution = await running(kit, `trap 'caught=1' USR1\n${child}\nwait; wait; echo main; exit 0`);
  await execution.kill('SIGUSR1');
  const result = await execution.result;
  assert.equal(result.stdout.text, 'ready\nchild\nmain\n');
}

async function nothingFollows(kit: Kit): Promise<void> {
  const script = "trap '' TERM; echo on; sleep 0.7; echo unharmed";
  const execution = await running(kit, script, { killGraceMs: 100 });
  await execution.kill('SIGTERM');
  const result = await execution.result;
  assert.equal(result.outcome, 'exited');
  assert.equal(result.stdout.text, 'on\nunharmed\n');
}

async function twice(kit: Kit): Promise<void> {
  const execution = await running(kit, 'echo on; exec sleep 60');
  await Promise.all([execution.kill(), execution.kill()]);
  const result = await execution.result;
  assertSignaled(kit, result, 'SIGTERM');
  await execution.kill();
  await execution.kill('SIGKILL');
  assert.equal(await execution.result, result);
}

async function rightAfterSpawn(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn('sleep 60', { killGraceMs: 500 });
  await execution.kill();
  const [settled] = await Promise.allSettled([execution.result]);
  if (settled.status === 'fulfilled') assert.equal(settled.value.ok, false);
  await execution.released;
}

async function badSignal(kit: Kit): Promise<void> {
  const execution = await running(kit, 'echo on; sleep 60');
  await refusedOption(execution.kill('SIGNONE' as Signal), 'signal');
  assert.equal(execution.state, 'running');
}

async function killThenAbort(kit: Kit): Promise<void> {
  const abort = new AbortController();
  const execution = await running(kit, IGNORES_TERM, { killGraceMs: 600, signal: abort.signal });
  await execution.kill();
  await delay(50);
  abort.abort();
  const result = await execution.result;
  assert.equal(result.ok, false);
  assert.ok(result.outcome === 'signaled' || !kit.supports.exitSignal, `kill() came first, so the outcome is not ${result.outcome}.`);
}

async function killRefused(kit: Kit): Promise<void> {
  const execution = kit.executor.spawn('sleep 1');
  await refusedAsUnsupported(execution.kill());
  await execution.result;
}
