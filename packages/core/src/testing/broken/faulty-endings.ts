import { setTimeout as delay } from 'node:timers/promises';
import type { Execution } from '../../execution.ts';
import type { Output } from '../../output.ts';
import type { ExecResult } from '../../result.ts';
import { asking, type BrokenExecutor, giving, without } from './broken-executor.ts';
import { like, likeExecution } from './like.ts';

const NO_OUTPUT: Output = {
  totalBytes: 0,
  omittedBytes: 0,
  head: new Uint8Array(),
  tail: new Uint8Array(),
  bytes: new Uint8Array(),
  text: '',
};

/** A result that comes when the time is up, of a command that goes on. */
async function timeoutOfTheReply(execution: Execution, timeoutMs: number): Promise<ExecResult> {
  const late: ExecResult = {
    executionId: execution.id,
    target: 'broken',
    outcome: 'timed-out',
    ok: false,
    reason: 'timeoutMs passed',
    stdout: NO_OUTPUT,
    stderr: NO_OUTPUT,
    timings: { queuedMs: 0, startMs: 0, runMs: timeoutMs },
  };
  return Promise.race([execution.result, delay(timeoutMs, late, { ref: false })]);
}

/** Executors that do not end a command, or end it for the wrong reason. */
export const FAULTY_ENDINGS: readonly BrokenExecutor[] = [
  {
    fault: 'ignores timeoutMs',
    caughtBy: 'timeoutMs ends the command: timed-out, with its output and a reason',
    says: 'should have ended',
    breakIt: (inner) => asking(inner, without('timeoutMs')),
  },
  {
    fault: 'ignores idleTimeoutMs',
    caughtBy: 'idleTimeoutMs ends a command that went silent: idle-timed-out',
    says: 'should have ended',
    breakIt: (inner) => asking(inner, without('idleTimeoutMs')),
  },
  {
    fault: 'times out the reply and leaves the command',
    caughtBy: 'after a timeout grandchildren are gone, also those that ignore SIGTERM',
    says: 'should be gone',
    boundMs: 8_000,
    breakIt: (inner) =>
      like(inner, {
        spawn: (command, { timeoutMs, ...options } = {}) => {
          const execution = inner.spawn(command, options);
          return timeoutMs === undefined
            ? execution
            : likeExecution(execution, { result: timeoutOfTheReply(execution, timeoutMs), released: Promise.resolve() });
        },
      }),
  },
  {
    fault: 'ignores the signal',
    caughtBy: 'aborted while it runs, the outcome is cancelled, with the output until then',
    says: 'should have ended',
    breakIt: (inner) => asking(inner, without('signal')),
  },
  {
    fault: 'starts although it was aborted before',
    caughtBy: 'aborted before, nothing starts',
    says: 'The command ran',
    breakIt: (inner) =>
      like(inner, {
        spawn: (command, { signal, ...options } = {}) => {
          const execution = inner.spawn(command, options);
          return signal?.aborted
            ? likeExecution(execution, { result: execution.result.then(() => Promise.reject(signal.reason)) })
            : execution;
        },
      }),
  },
  {
    fault: 'keeps a listener on the signal',
    caughtBy: 'a signal shared by many commands keeps no listener',
    says: '22',
    breakIt: (inner) =>
      asking(inner, (command, options) => {
        options.signal?.addEventListener('abort', () => undefined);
        return [command, options];
      }),
  },
  {
    fault: 'decides for the last cause instead of the first',
    caughtBy: 'the first cause wins: a timeout, then an abort and a kill',
    says: 'timed-out',
    breakIt: (inner) =>
      giving(inner, (execution, { signal }) => ({
        result: execution.result.then((result) => (signal?.aborted ? { ...result, outcome: 'cancelled' } : result)),
      })),
  },
  {
    fault: 'makes every kill an end of all',
    caughtBy: 'nothing follows kill(signal), even when the command ignores it',
    says: 'signaled',
    breakIt: (inner) => giving(inner, (execution) => ({ kill: () => execution.kill() })),
  },
  {
    fault: 'does not end what is disposed of',
    caughtBy: 'after disposing of the execution grandchildren are gone, also those that ignore SIGTERM',
    says: 'should have ended',
    breakIt: (inner) => giving(inner, () => ({ [Symbol.asyncDispose]: async () => undefined })),
  },
];
