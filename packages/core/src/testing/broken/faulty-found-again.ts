import type { Executor } from '../../executor.ts';
import { KEEP_MS } from '../tools/detached.ts';
import { asking, type BrokenExecutor } from './broken-executor.ts';
import { like, likeExecution } from './like.ts';

/** The local backend, were it one whose commands go on without their client whether they are asked to or not. */
export function goingOn(inner: Executor): Executor {
  const { supports } = inner;
  const executor = asking(inner, (command, options) => [command, { ...options, detached: true, keepMs: KEEP_MS }]);
  return like(executor, { supports: { ...supports, detached: false, attach: true } });
}

/** Executors that find such commands again, and not as they should. */
export const FAULTY_FOUND_AGAIN: readonly BrokenExecutor[] = [
  {
    fault: 'gives who attaches no stderr',
    caughtBy: 'another executor attaches to a command that runs: both have its output and end',
    says: 'err',
    boundMs: 8_000,
    breakIt: (inner) => {
      const executor = goingOn(inner);
      return like(executor, { attach: (id, options) => executor.attach(id, { ...options, stderrOffset: 1_000 }) });
    },
  },
  {
    fault: 'gives all to who wants a part',
    caughtBy: 'attach to a command that ended tells its output, from any byte on, and its end',
    says: 'Nothing of stderr was wanted',
    boundMs: 8_000,
    breakIt: (inner) => {
      const executor = goingOn(inner);
      return like(executor, { attach: (id) => executor.attach(id) });
    },
  },
  {
    fault: 'ends at its close what it attached to',
    caughtBy: 'closing an executor that attached lets the command go on',
    says: 'Nobody there knows',
    boundMs: 8_000,
    breakIt: (inner) => {
      const executor = goingOn(inner);
      const attach: Executor['attach'] = async (id, options) => {
        const execution = await executor.attach(id, options);
        const end = async (): Promise<void> => {
          await execution.kill('SIGKILL');
          await execution.result;
        };
        return likeExecution(execution, { [Symbol.asyncDispose]: end });
      };
      return like(executor, { attach });
    },
  },
  {
    fault: 'tells who attached that it killed, and kills nothing',
    caughtBy: 'kill() of what was attached ends it for all',
    says: 'should have ended',
    boundMs: 4_000,
    breakIt: (inner) => {
      const executor = goingOn(inner);
      return like(executor, { attach: async (id, options) => likeExecution(await executor.attach(id, options), { kill: async () => {} }) });
    },
  },
  {
    fault: 'attaches to what is not there',
    caughtBy: 'attach to what the target does not know is refused',
    says: 'it resolved',
    breakIt: (inner) => {
      const executor = goingOn(inner);
      return like(executor, { attach: async (id, options) => executor.attach(id, options).catch(() => inner.spawn(':')) });
    },
  },
];
