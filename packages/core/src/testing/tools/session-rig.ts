import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { Execution } from '../../execution.ts';
import type { Executor } from '../../executor.ts';
import { localExecutor } from '../../local/local-executor.ts';
import type { DefaultOptions } from '../../options.ts';
import type { Session, SessionExecOptions } from '../../session.ts';
import { poll } from './poll.ts';
import { isAlive, parentOf } from './processes.ts';
import { said } from './said.ts';
import { watchOutput } from './watch-output.ts';
import { within } from './within.ts';

const made: (() => unknown)[] = [];

/** Closes the executors that a test made, and kills what it stopped. Give it to `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const unmake of made.splice(0).reverse()) await unmake();
}

/** Prints the pid of the session's shell, which after the first loss of one is not `$$`. */
export const OWN_PID: string = '{ read -r p x </proc/self/stat; echo $p; }';

/** A session, and what a test needs to hurt it and to see that nothing is left. */
export interface SessionRig {
  readonly executor: Executor;
  readonly session: Session;
  /** The executor's, which all its processes carry. */
  readonly marker: string;
  /** Of the session's shell. */
  readonly pid: number;
  /** The head of its process group, to whose pipes the client has the other ends. */
  readonly leader: number;
}

/** In its state `$A` is `before` and `$1` is `arg`. */
export async function sessionRig(shell: string, defaults: DefaultOptions = {}): Promise<SessionRig> {
  const executor = localExecutor({ defaults: { shell, ...defaults } });
  made.push(() => executor.close());
  const session = await executor.openSession();
  const marker = executorMarkerOf(await said(session, 'set -- arg; A=before; echo $ERRAND_EXECUTION'));
  const pid = Number(await said(session, OWN_PID));
  made.push(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
  return { executor, session, marker, pid, leader: parentOf(pid) };
}

/** Closes session and executor, and then nothing of them runs. */
export async function closedWhole({ session, executor, marker, leader }: SessionRig): Promise<void> {
  await within(10_000, session.close(), 'close() of the session');
  await poll('The leader should be gone', 3_000, () => !isAlive(leader));
  await within(10_000, executor.close(), 'close() of the executor');
  await nothingCarries(marker);
}

/** Begins a command that prints a line, and waits for that. */
export async function begun(session: Session, script: string, options: SessionExecOptions = {}): Promise<Execution> {
  const watch = watchOutput();
  const execution = session.spawn(script, { killGraceMs: 300, ...options, onOutput: watch.onOutput });
  await watch.line(execution);
  return execution;
}

/** Whether the session goes on with the state from before, or else is closed and says why. */
export async function goesOnOrSaysWhy(session: Session): Promise<'on' | 'closed'> {
  const next = session.exec('echo $A $1').catch((error: Error) => error);
  const result = await within(15_000, next, 'the next command');
  if (result instanceof Error) {
    assert.equal((result as { code?: string }).code, 'EXEC_SESSION_CLOSED');
    assert.match(result.message, /ended|did not answer/);
    return 'closed';
  }
  assert.deepEqual([result.outcome, result.stdout.text], ['exited', 'before arg\n']);
  return 'on';
}

export async function nothingCarries(executorMarker: string): Promise<void> {
  await poll('No process with the marker of the executor should be left', 5_000, () => carriersOf(executorMarker).length === 0);
}

/** Pids of what carries the marker of this executor, with their environment or as an argument. */
function carriersOf(executorMarker: string): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && carries(name, executorMarker));
}

function carries(pid: string, marker: string): boolean {
  return ['environ', 'cmdline'].some((file) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(marker);
    } catch {
      return false;
    }
  });
}

/** The executor's marker, as a command of it was given it: what `echo $ERRAND_EXECUTION` printed. */
export function executorMarkerOf(marker: string): string {
  const [, found] = /([0-9a-f]{32})\.[^:]*$/.exec(marker.trim()) ?? [];
  if (found === undefined) throw new Error(`'${marker}' is no marker.`);
  return found;
}
