import assert from 'node:assert/strict';
import type { Concern, Kit } from '../case.ts';
import { readAll } from '../tools/read-all.ts';
import { rejection } from '../tools/refused.ts';
import { DAEMON, SLEEP, STUBBORN_DAEMON } from '../tools/scripts.ts';
import { gone, isRunning } from '../tools/target.ts';
import { watchTerminal } from '../tools/watch-terminal.ts';
import { within } from '../tools/within.ts';

/** How a terminal ends, and what of it is left. */
export const terminalEnds: Concern = {
  name: 'ends of terminals',
  cases: ({ terminal, exitSignal, kill }) => {
    if (!terminal) return [];
    return [
      { name: "the exit code of a terminal's command is exact", run: exitCode },
      ...(exitSignal ? [{ name: "the death by signal of a terminal's command is told", run: signalDeath }] : []),
      ...(kill
        ? [
            { name: 'close() of a terminal ends all that runs in it, also what ignores SIGHUP', run: closes },
            { name: 'the exit in a terminal ends what it left in the background', run: leftInBackground },
          ]
        : []),
      { name: 'destroying the stream of a terminal hangs up', run: hangsUp },
      { name: 'close() of the executor ends its terminals', run: closedWithExecutor },
      { name: 'an abort ends a terminal, or keeps it from opening', run: aborted },
      { name: 'a terminal that is over takes everything without a fault', run: afterTheEnd },
    ];
  },
};

function assertPid(pid: string | undefined): string {
  assert.match(pid ?? '', /^\d+$/);
  return pid ?? '';
}

async function exitCode({ executor }: Kit): Promise<void> {
  for (const code of [0, 3, 137, 255]) {
    const terminal = await executor.openTerminal({ command: `echo unread; exit ${code}` });
    const { outcome, exitCode: told, ok, stdout, stderr, executionId, target } = await terminal.result;
    const expected = { outcome: 'exited', told: code, ok: code === 0, id: terminal.id, target: executor.name, kept: 0 };
    const kept = stdout.totalBytes + stderr.totalBytes + stdout.bytes.length;
    assert.deepEqual({ outcome, told, ok, id: executionId, target, kept }, expected);
  }
}

async function signalDeath({ executor }: Kit): Promise<void> {
  const { outcome, signal, ok } = await (await executor.openTerminal({ command: 'kill -KILL $$' })).result;
  assert.deepEqual({ outcome, signal, ok }, { outcome: 'signaled', signal: 'SIGKILL', ok: false });
}

async function closes({ make }: Kit): Promise<void> {
  const quick = await make({ defaults: { killGraceMs: 250 } });
  const terminal = await quick.openTerminal({ command: `trap "" HUP; sh -c '${STUBBORN_DAEMON}' & sh -c '${DAEMON}' & wait; sleep 60` });
  const watch = watchTerminal(terminal);
  const [, one, two] = await watch.until(/(\d+)\r\n(\d+)\r\n/);
  await terminal.close();
  const { outcome, reason } = await within(1_000, terminal.result, 'The result should be there after close()');
  assert.equal(outcome, 'cancelled');
  assert.match(reason ?? '', /close/);
  for (const pid of [one, two]) await gone(quick, assertPid(pid), 0);
  await terminal.close();
}

async function leftInBackground({ make }: Kit): Promise<void> {
  const quick = await make({ defaults: { killGraceMs: 250 } });
  const terminal = await quick.openTerminal({ command: `sh -c '${STUBBORN_DAEMON}' & read -r line` });
  const watch = watchTerminal(terminal);
  const [, pid] = await watch.until(/(\d+)\r\n/);
  assert.ok(await isRunning(quick, assertPid(pid)), 'It should run until the exit.');
  terminal.stream.write('\n');
  assert.equal((await terminal.result).outcome, 'exited');
  await gone(quick, assertPid(pid), 1_200);
}

async function hangsUp({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: ['sh', '-c', `echo $$; exec ${SLEEP}`] });
  const [pid] = await watchTerminal(terminal).until(/\d+/);
  terminal.stream.destroy();
  const { outcome } = await within(1_500, terminal.result, 'The command should have ended');
  assert.ok(outcome === 'signaled' || outcome === 'exited', outcome);
  await gone(executor, assertPid(pid), 500);
}

async function closedWithExecutor({ executor: other, make }: Kit): Promise<void> {
  const executor = await make({ defaults: { killGraceMs: 250 } });
  const terminal = await executor.openTerminal({ command: ['sh', '-c', `echo $$; trap '' HUP; exec ${SLEEP}`] });
  const [pid] = await watchTerminal(terminal).until(/\d+/);
  await executor.close();
  const { outcome } = await within(1_000, terminal.result, 'The terminal should have ended');
  assert.equal(outcome, 'cancelled');
  await gone(other, assertPid(pid), 0);
}

async function aborted({ executor }: Kit): Promise<void> {
  const reason = new Error('enough');
  assert.equal(await rejection(executor.openTerminal({ command: ':', signal: AbortSignal.abort(reason) })), reason);
  const abort = new AbortController();
  const terminal = await executor.openTerminal({ command: ['sleep', '60'], signal: abort.signal });
  abort.abort(reason);
  assert.equal((await within(1_500, terminal.result, 'The terminal should have ended')).outcome, 'cancelled');
}

async function afterTheEnd({ executor }: Kit): Promise<void> {
  const terminal = await executor.openTerminal({ command: ':' });
  await terminal.result;
  terminal.stream.write('nobody reads this\n');
  await terminal.resize(10, 10);
  assert.equal((await readAll(terminal.stream)).length, 0);
  terminal.stream.write('nor this\n');
  await terminal.close();
  await terminal[Symbol.asyncDispose]();
  assert.equal((await terminal.result).outcome, 'exited');
}
