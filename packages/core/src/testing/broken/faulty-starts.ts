import { setTimeout as delay } from 'node:timers/promises';
import type { Execution } from '../../execution.ts';
import type { ExecResult } from '../../result.ts';
import { type BrokenExecutor, giving } from './broken-executor.ts';
import { like, likeExecution } from './like.ts';

/** Rejects when the signal says so, while the command goes on. */
function untilAborted(result: Promise<ExecResult>, signal: AbortSignal): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    result.then(resolve, reject);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Executors that start what was given up at once. */
export const FAULTY_STARTS: readonly BrokenExecutor[] = [
  {
    fault: 'starts what was aborted at once',
    caughtBy: 'aborted in the turn of its submission, it rejects and nothing runs',
    says: 'The command ran',
    breakIt: (inner) =>
      like(inner, {
        spawn: (command, { signal, ...options } = {}) => {
          const execution = inner.spawn(command, options);
          if (!signal) return execution;
          return likeExecution(execution, {
            result: untilAborted(execution.result, signal),
            state: 'ended',
            released: Promise.resolve(),
          });
        },
      }),
  },
  {
    fault: 'starts what was killed at once, to kill it',
    caughtBy: 'killed or disposed of in the turn of its submission, it rejects and nothing runs',
    says: 'it resolved',
    breakIt: (inner) =>
      giving(inner, (execution) => ({
        kill: async (signal) => {
          await delay(100);
          await execution.kill(signal);
        },
      })),
  },
  {
    fault: 'starts what was submitted before it closes, to cancel it',
    caughtBy: 'closed in the turn of its submission, it rejects and nothing runs',
    says: 'it resolved',
    breakIt: (inner) =>
      like(inner, {
        close: async () => {
          await delay(100);
          await inner.close();
        },
      }),
  },
  {
    fault: 'closes without what is starting',
    caughtBy: 'close() by who hears that a command is starting leaves it not running',
    says: 'should be gone',
    boundMs: 8_000,
    breakIt: (inner) => {
      const submitted: Execution[] = [];
      return like(inner, {
        spawn: (command, options) => {
          const execution = inner.spawn(command, options);
          submitted.push(execution);
          return execution;
        },
        close: async () => {
          if (!submitted.some(({ state }) => state === 'starting')) await inner.close();
        },
      });
    },
  },
];
