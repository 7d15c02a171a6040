import type { Executor } from '../../executor.ts';
import type { Outcome } from '../../result.ts';
import type { BrokenExecutor } from './broken-executor.ts';
import { like, likeExecution } from './like.ts';

/** Ends a command when a timer of its own fires, whatever the command did that was not heard yet. */
function byTimersAlone(inner: Executor): Executor {
  return like(inner, {
    spawn: (command, { timeoutMs, idleTimeoutMs, onOutput, ...options } = {}) => {
      let idle: NodeJS.Timeout | undefined;
      let ended: Outcome | undefined;
      const execution = inner.spawn(command, {
        ...options,
        onOutput: (chunk) => {
          idle?.refresh();
          return onOutput?.(chunk);
        },
      });
      const end = (outcome: Outcome): void => {
        ended ??= outcome;
        void execution.kill();
      };
      const timeout = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs, 'timed-out');
      if (idleTimeoutMs !== undefined) idle = setTimeout(end, idleTimeoutMs, 'idle-timed-out');
      const result = execution.result.then((plain) => (ended ? { ...plain, ok: false, outcome: ended } : plain));
      const clear = (): void => {
        clearTimeout(timeout);
        clearTimeout(idle);
      };
      result.then(clear, clear);
      return likeExecution(execution, { result });
    },
  });
}

/** Executors whose deadlines pass for what this process did, or did not do. */
export const FAULTY_CLOCKS: readonly BrokenExecutor[] = [
  {
    fault: 'takes a timer that fires late for a command that is late',
    caughtBy: 'a command that exited in time is not timed-out because this process was blocked',
    says: 'and is timed-out',
    boundMs: 6_000,
    breakIt: byTimersAlone,
  },
  {
    fault: 'takes output that it has not read for silence',
    caughtBy: 'output that came while this process was blocked keeps idleTimeoutMs from passing',
    says: 'and is idle-timed-out',
    breakIt: byTimersAlone,
  },
  {
    fault: 'takes a command that waits for its reader for an idle one',
    caughtBy: 'a command that a paused reader holds back is not idle',
    says: 'could not print was ended',
    boundMs: 4_000,
    breakIt: byTimersAlone,
  },
];
