import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Execution } from '../../execution.ts';
import type { Case, Concern, Kit } from '../case.ts';
import { poll } from '../tools/poll.ts';
import { refused } from '../tools/refused.ts';
import { assertGivenBack } from '../tools/resources.ts';
import { SLEEP } from '../tools/scripts.ts';
import { cancels, gone, inScratch, sharesFiles, unique } from '../tools/target.ts';
import { watchOutput } from '../tools/watch-output.ts';
import { within } from '../tools/within.ts';

/** Promise 9: `close()` ends what runs, frees sockets, timers and files, and lets Node exit. */
export const closing: Concern = {
  name: 'closing closes',
  cases: (supports) => [
    ...(cancels(supports) ? confirmed : []),
    ...(supports.kill ? [{ name: 'close() ends a command that ignores SIGTERM after killGraceMs', run: stubborn }] : []),
    { name: 'after close() everything is refused with EXEC_CLOSED', run: refusedAfter },
    ...(supports.files && sharesFiles(supports) ? [{ name: 'close() gives up a file operation under way', run: whileDownloading }] : []),
    { name: 'close() of an executor that ran nothing resolves', run: unused },
    { name: 'close() gives back every timer, handle, descriptor and process', run: givesBack },
    { name: 'a command that ended leaves none of its timers running', run: idleIsQuiet },
    { name: 'closing one executor leaves another alone', run: othersLeftAlone },
  ],
};

/** Where closing ends commands, and not just the waiting for them. */
const confirmed: readonly Case[] = [
  { name: 'close() cancels what runs, with the output until then', run: cancelled },
  { name: 'close() twice, and at the same time, is one close', run: twice },
  { name: 'close() while commands start leaves none of them', run: whileStarting },
  { name: 'close() by who hears that a command is starting leaves it not running', run: fromSubscriber },
  { name: 'await using closes', run: disposal },
];

async function cancelled({ make }: Kit): Promise<void> {
  const executor = await make();
  const watch = watchOutput();
  const execution = executor.spawn('echo begun; sleep 60; echo not this', { onOutput: watch.onOutput });
  await watch.line(execution);
  await executor.close();
  const result = await execution.result;
  assert.equal(result.outcome, 'cancelled');
  assert.equal(result.stdout.text, 'begun\n');
  assert.match(result.reason ?? '', /close/i);
}

async function stubborn({ make, executor: other }: Kit): Promise<void> {
  const executor = await make();
  const watch = watchOutput();
  const script = "trap '' TERM; echo $$; while :; do sleep 0.05; done";
  const execution = executor.spawn(['sh', '-c', script, 'kit-stubborn'], { killGraceMs: 400, onOutput: watch.onOutput });
  const pid = await watch.line(execution);
  await executor.close();
  assert.equal((await execution.result).outcome, 'cancelled');
  await gone(other, pid, 2_000, 'kit-stubborn');
}

async function refusedAfter({ make, supports }: Kit): Promise<void> {
  const executor = await make();
  await executor.exec(':');
  await executor.close();
  await refused(executor.exec(':'), 'EXEC_CLOSED');
  const execution = executor.spawn(':');
  await refused(execution.result, 'EXEC_CLOSED');
  assert.equal(execution.state, 'ended');
  if (supports.files) await refused(executor.files.exists('/'), 'EXEC_CLOSED');
  if (supports.sessions) await refused(executor.openSession(), 'EXEC_CLOSED');
  if (supports.terminal) await refused(executor.openTerminal(), 'EXEC_CLOSED');
  assert.equal((await executor.health()).ok, false);
}

/** A gibibyte without a block on the disk: a command is done long before it is copied. */
async function whileDownloading({ make, executor: other }: Kit): Promise<void> {
  const here = await mkdtemp(join(tmpdir(), 'errand-kit-'));
  try {
    await inScratch(other, async (dir) => {
      await other.exec(['dd', 'if=/dev/null', `of=${dir}/big`, 'bs=1024', 'seek=1048576'], { check: true });
      const executor = await make();
      const downloading = refused(executor.files.download(`${dir}/big`, join(here, 'big')), 'EXEC_CLOSED');
      await other.exec(':');
      await executor.close();
      // Here, and not by the kit, so that a download that goes on leaves nothing of this case behind.
      await within(1_500, downloading, 'The download should have ended');
      assert.deepEqual(await readdir(here), [], 'close() should have removed what was downloaded.');
    });
  } finally {
    await rm(here, { recursive: true });
  }
}

async function twice({ make }: Kit): Promise<void> {
  const executor = await make();
  const execution = executor.spawn('sleep 60', { killGraceMs: 500 });
  await Promise.all([executor.close(), executor.close(), executor[Symbol.asyncDispose]()]);
  await executor.close();
  await execution.released;
}

async function unused({ make }: Kit): Promise<void> {
  const executor = await make();
  await executor.close();
  await refused(executor.exec(':'), 'EXEC_CLOSED');
}

async function whileStarting({ make }: Kit): Promise<void> {
  const executor = await make();
  const executions = Array.from({ length: 8 }, () => executor.spawn('sleep 60', { killGraceMs: 500 }));
  await executor.close();
  for (const execution of executions) await cancelledOrClosed(execution);
}

/** What `close()` makes of a command, which depends on whether it had been sent. */
async function cancelledOrClosed(execution: Execution): Promise<void> {
  const [settled] = await Promise.allSettled([execution.result]);
  if (settled.status === 'fulfilled') assert.equal(settled.value.outcome, 'cancelled');
  else assert.equal((settled.reason as { code?: string }).code, 'EXEC_CLOSED');
  assert.equal(execution.state, 'ended');
  await execution.released;
}

/** A subscriber runs in the middle of a submission, when the executor may not know the command yet. */
async function fromSubscriber({ make, executor: other, supports }: Kit): Promise<void> {
  const executor = await make({ name: unique() });
  let closing: Promise<void> | undefined;
  const listen = (message: unknown): void => {
    const { target, state } = message as { readonly target: string; readonly state: string };
    if (target === executor.name && state === 'starting') closing = executor.close();
  };
  const submit = async (script: string): Promise<Execution> => {
    const execution = executor.spawn(script, { killGraceMs: 500 });
    await poll('The channel should have told of the start', 2_000, () => closing !== undefined);
    await closing;
    return execution;
  };
  subscribe('errand.execution', listen);
  try {
    if (!sharesFiles(supports)) return await cancelledOrClosed(await submit('sleep 60'));
    await inScratch(other, async (dir) => {
      const execution = await submit(`echo $$ >${dir}/pid; exec ${SLEEP}`);
      await delay(200);
      const pid = (await other.exec(`cat ${dir}/pid`)).stdout.text.trim();
      if (pid !== '') await gone(other, pid, 2_000);
      await cancelledOrClosed(execution);
    });
  } finally {
    unsubscribe('errand.execution', listen);
  }
}

async function disposal({ make }: Kit): Promise<void> {
  const executor = await make();
  const watch = watchOutput();
  const execution = executor.spawn('echo on; sleep 60', { onOutput: watch.onOutput });
  await watch.line(execution);
  await executor[Symbol.asyncDispose]();
  assert.equal((await execution.result).outcome, 'cancelled');
  await refused(executor.exec(':'), 'EXEC_CLOSED');
}

async function givesBack({ make, supports }: Kit): Promise<void> {
  const stdin = supports.stdin ? 'x' : undefined;
  await assertGivenBack(3, async () => {
    const executor = await make();
    await executor.exec('echo a', { timeoutMs: 60_000, idempotencyKey: 'key', ...(stdin && { stdin }) });
    await executor.exec(['errand-no-such-program']).catch(() => undefined);
    await executor.exec('sleep 60', { timeoutMs: 100, killGraceMs: 500 });
    const left = executor.spawn('sleep 60', {
      timeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      killGraceMs: 500,
      ...(stdin && { stdin: 'pipe' as const }),
    });
    void left.stdout;
    await executor.health();
    await executor.close();
    await left.result.catch(() => undefined);
  });
}

async function idleIsQuiet({ executor }: Kit): Promise<void> {
  await executor.exec(':');
  await assertGivenBack(5, async () => {
    await executor.exec('sleep 0.05', { timeoutMs: 60_000, idleTimeoutMs: 60_000, startTimeoutMs: 60_000 });
  });
}

async function othersLeftAlone({ make, executor }: Kit): Promise<void> {
  const other = await make();
  const running = executor.exec('sleep 0.5; echo unharmed');
  await other.exec(':');
  await other.close();
  assert.equal((await running).stdout.text, 'unharmed\n');
}
