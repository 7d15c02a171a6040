import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ExecResult } from '../../result.ts';
import type { Concern, Kit } from '../case.ts';
import { refused } from '../tools/refused.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** `health`, the diagnostics channel, and `check`. */
export const observing: Concern = {
  name: 'health, diagnostics and check',
  cases: () => [
    { name: 'health says that the target answers, how fast, and how much runs', run: health },
    { name: 'the channel errand.execution tells starting, running and ended of each command', run: transitions },
    { name: 'the channel tells that a command which did not start ended', run: notStarted },
    { name: 'check: true rejects with EXEC_FAILED, which holds the result', run: checkFails },
    { name: 'check: true resolves for exit code 0', run: checkPasses },
  ],
};

async function health({ executor }: Kit): Promise<void> {
  const idle = await executor.health();
  assert.equal(idle.ok, true, idle.reason);
  assert.ok(idle.latencyMs >= 0 && idle.latencyMs < 60_000, `latencyMs ${idle.latencyMs}`);
  assert.equal(idle.running, 0);
  const watch = watchOutput();
  const execution = executor.spawn('echo on; sleep 0.5', { onOutput: watch.onOutput });
  await watch.line(execution);
  assert.equal((await executor.health()).running, 1);
  await execution.result;
  await execution.released;
  assert.equal((await executor.health({ signal: AbortSignal.timeout(30_000) })).running, 0);
}

interface Transition {
  readonly executionId: string;
  readonly target: string;
  readonly state: string;
  readonly outcome?: string;
  readonly exitCode?: number;
  readonly labels?: object;
}

/** What the channel tells of this executor while `body` runs. */
async function told(name: string, body: () => Promise<unknown>): Promise<Transition[]> {
  const all: Transition[] = [];
  const listen = (message: unknown): void => {
    const transition = message as Transition;
    if (transition.target === name) all.push(transition);
  };
  subscribe('errand.execution', listen);
  try {
    await body();
  } finally {
    unsubscribe('errand.execution', listen);
  }
  return all;
}

async function transitions({ make }: Kit): Promise<void> {
  const executor = await make({ name: 'kit-observed' });
  const results: ExecResult[] = [];
  const all = await told('kit-observed', async () => {
    results.push(await executor.exec('exit 3', { labels: { job: 'build' } }));
    results.push(await executor.exec('sleep 60', { timeoutMs: 200, killGraceMs: 300 }));
  });
  for (const result of results) {
    const own = all.filter((transition) => transition.executionId === result.executionId);
    const order = own.map((transition) => transition.state).filter((state) => state !== 'queued');
    assert.deepEqual(order, ['starting', 'running', 'ended']);
    assert.equal(own.at(-1)?.outcome, result.outcome);
    assert.equal(own.at(-1)?.exitCode, result.exitCode);
  }
  assert.deepEqual(all[0]?.labels, { job: 'build' });
}

async function notStarted({ make }: Kit): Promise<void> {
  const executor = await make({ name: 'kit-observed-2' });
  const all = await told('kit-observed-2', () => refused(executor.exec(['errand-no-such-program']), 'EXEC_NOT_FOUND'));
  assert.equal(all.at(-1)?.state, 'ended');
  assert.equal(all.at(-1)?.outcome, undefined);
  assert.ok(!all.some((transition) => transition.state === 'running'));
}

async function checkFails({ executor }: Kit): Promise<void> {
  const error = await refused(executor.exec('echo out; echo err >&2; exit 3', { check: true }), 'EXEC_FAILED');
  assert.equal(error.detail.result?.exitCode, 3);
  assert.equal(error.detail.result?.stdout.text, 'out\n');
  assert.equal(error.detail.result?.stderr.text, 'err\n');
  assert.match(error.message, /3/);
  const timedOut = await refused(executor.exec('sleep 60', { check: true, timeoutMs: 200, killGraceMs: 300 }), 'EXEC_FAILED');
  assert.equal(timedOut.detail.result?.outcome, 'timed-out');
  await refused(executor.spawn('exit 1', { check: true }).result, 'EXEC_FAILED');
}

async function checkPasses({ executor }: Kit): Promise<void> {
  assert.ok((await executor.exec('echo fine', { check: true })).ok);
}
