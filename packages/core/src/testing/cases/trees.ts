import assert from 'node:assert/strict';
import type { Execution } from '../../execution.ts';
import type { ExecResult } from '../../result.ts';
import type { Case, Concern, Kit } from '../case.ts';
import { DAEMON, SLEEP, STUBBORN_DAEMON, WITH_ESCAPE } from '../tools/scripts.ts';
import { gone } from '../tools/target.ts';
import { watchOutput } from '../tools/watch-output.ts';

/** A way for a process of the command's tree to stay behind. Prints the process's pid and goes on. */
interface Straggler {
  readonly what: string;
  readonly script: string;
}

const IN_GROUP: readonly Straggler[] = [
  { what: 'a grandchild', script: `(${SLEEP} & echo $!; wait) &` },
  { what: 'a grandchild that ignores SIGTERM', script: `sh -c '${STUBBORN_DAEMON}' &` },
];

const BY_MARKER: readonly Straggler[] = [
  { what: 'a process in a session of its own', script: `pid=$($ESCAPE sh -c '${DAEMON}' &); echo "$pid"` },
  { what: 'a process in a session of its own that ignores SIGTERM', script: `pid=$($ESCAPE sh -c '${STUBBORN_DAEMON}' &); echo "$pid"` },
  { what: 'a child in a session of its own and without its environment', script: `$ESCAPE env -i /bin/sh -c '${DAEMON}' &` },
];

/** How a command is ended from outside, and the outcome that this has. */
interface Ending {
  readonly after: string;
  readonly outcomes: readonly ExecResult['outcome'][];
  readonly options?: { readonly timeoutMs?: number; readonly idleTimeoutMs?: number };
  readonly end: (execution: Execution, kit: Kit, abort: AbortController) => unknown;
}

const ENDINGS: readonly Ending[] = [
  { after: 'a timeout', outcomes: ['timed-out'], options: { timeoutMs: 500 }, end: () => undefined },
  { after: 'an idle timeout', outcomes: ['idle-timed-out'], options: { idleTimeoutMs: 500 }, end: () => undefined },
  { after: 'an abort', outcomes: ['cancelled'], end: (_execution, _kit, abort) => abort.abort() },
  { after: 'kill()', outcomes: ['signaled', 'exited'], end: (execution) => execution.kill() },
  {
    after: 'disposing of the execution',
    outcomes: ['cancelled', 'signaled', 'exited'],
    end: (execution) => execution[Symbol.asyncDispose](),
  },
  { after: 'close()', outcomes: ['cancelled'], end: (_execution, { executor }) => executor.close() },
];

/** Promise 2: after a timeout, cancel, kill or close, everything is gone that `supports.containment` reaches. */
export const trees: Concern = {
  name: 'the whole tree is ended',
  cases: (supports) => {
    if (!supports.kill) return [];
    return ENDINGS.flatMap((ending) => [
      goneAfter(ending, 'grandchildren are gone, also those that ignore SIGTERM', IN_GROUP),
      ...(supports.containment === 'group' ? [] : [goneAfter(ending, 'who made a session of its own is gone', BY_MARKER)]),
    ]);
  },
};

function goneAfter(ending: Ending, what: string, stragglers: readonly Straggler[]): Case {
  return {
    name: `after ${ending.after} ${what}`,
    run: async (kit) => {
      const trees = await Promise.all(stragglers.map((straggler) => plant(kit, straggler, ending)));
      const settled = await Promise.allSettled(trees.map((tree) => assertGone(kit, tree, ending)));
      const faults = settled.flatMap((one, i) => (one.status === 'rejected' ? [`${stragglers[i]?.what}: ${String(one.reason)}`] : []));
      assert.equal(faults.length, 0, faults.join('\n'));
    },
  };
}

/** A command that runs, and the process that it would leave. */
interface Tree {
  readonly execution: Execution;
  readonly abort: AbortController;
  readonly pid: string;
}

async function plant(kit: Kit, { script }: Straggler, { options }: Ending): Promise<Tree> {
  const watch = watchOutput();
  const abort = new AbortController();
  const execution = kit.executor.spawn(`${WITH_ESCAPE}${script}\nwait; sleep 60`, {
    killGraceMs: 250,
    signal: abort.signal,
    onOutput: watch.onOutput,
    ...options,
  });
  return { execution, abort, pid: await watch.line(execution) };
}

async function assertGone(kit: Kit, { execution, abort, pid }: Tree, ending: Ending): Promise<void> {
  await ending.end(execution, kit, abort);
  const result = await execution.result;
  assert.ok(ending.outcomes.includes(result.outcome), `The outcome is ${result.outcome}, expected ${ending.outcomes.join(' or ')}.`);
  if (result.outcome !== 'exited') assert.match(result.reason ?? '', /\S/, 'An ending that is not plain should have a reason.');
  await execution.released;
  await gone(await kit.make(), pid, 2_500);
}
