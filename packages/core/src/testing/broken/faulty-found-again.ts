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

/** One of those that attaches in a way of its own. */
function attaching(change: (executor: Executor, inner: Executor) => Executor['attach']): (inner: Executor) => Executor {
  return (inner) => {
    const executor = goingOn(inner);
    return like(executor, { attach: change(executor, inner) });
  };
}

/** Executors that find such commands again, and not as they should. */
export const FAULTY_FOUND_AGAIN: readonly BrokenExecutor[] = [
  {
    fault: 'gives who attaches no stderr',
    caughtBy: 'another executor attaches to a command that runs: both have its output and end',
    says: 'err',
    boundMs: 8_000,
    breakIt: attaching((executor) => (id, options) => executor.attach(id, { ...options, stderrOffset: 1_000 })),
  },
  {
    fault: 'gives all to who wants a part',
    caughtBy: 'attach to a command that ended tells its output, from any byte on, and its end',
    says: 'Nothing of stderr was wanted',
    boundMs: 8_000,
    breakIt: attaching((executor) => (id) => executor.attach(id)),
  },
  {
    fault: 'ends at its close what it attached to',
    caughtBy: 'closing an executor that attached lets the command go on',
    says: 'Nobody there knows',
    boundMs: 8_000,
    breakIt: attaching((executor) => async (id, options) => {
      const execution = await executor.attach(id, options);
      const end = async (): Promise<void> => {
        await execution.kill('SIGKILL');
        await execution.result;
      };
      return likeExecution(execution, { [Symbol.asyncDispose]: end });
    }),
  },
  {
    fault: 'tells who attached that it killed, and kills nothing',
    caughtBy: 'kill() of what was attached ends it for all',
    says: 'should have ended',
    boundMs: 4_000,
    breakIt: attaching((executor) => async (id, options) => likeExecution(await executor.attach(id, options), { kill: async () => {} })),
  },
  {
    fault: 'attaches to what is not there',
    caughtBy: 'attach to what the target does not know is refused',
    says: 'it resolved',
    breakIt: attaching((executor, inner) => async (id, options) => executor.attach(id, options).catch(() => inner.spawn(':'))),
  },
];
