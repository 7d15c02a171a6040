import { setTimeout as delay } from 'node:timers/promises';
import type { Executor } from '../../executor.ts';
import { asking, type BrokenExecutor } from './broken-executor.ts';
import { like } from './like.ts';

/** The first one closes, since the kit needs it to read `supports`. */
let made = 0;
function neverFinishesClosing(inner: Executor): Executor {
  return made++ === 0 ? inner : like(inner, { close: () => inner.close().then(() => new Promise<never>(() => undefined)) });
}

/** Executors that leave something behind. */
export const FAULTY_CLOSING: readonly BrokenExecutor[] = [
  {
    fault: 'closes without closing',
    caughtBy: 'close() cancels what runs, with the output until then',
    says: 'should have ended',
    breakIt: (inner) => like(inner, { close: async () => undefined }),
  },
  {
    fault: 'never finishes closing',
    caughtBy: 'close() of an executor that ran nothing resolves',
    says: 'should have ended',
    breakIt: neverFinishesClosing,
  },
  {
    fault: 'leaves a timer when it closes',
    caughtBy: 'close() gives back every timer, handle, descriptor and process',
    says: 'Timeout',
    boundMs: 10_000,
    breakIt: (inner) => {
      const timer = setInterval(() => undefined, 60_000);
      setTimeout(() => clearInterval(timer), 20_000).unref();
      return inner;
    },
  },
  {
    fault: 'works on after it was closed',
    caughtBy: 'after close() everything is refused with EXEC_CLOSED',
    says: 'it resolved',
    breakIt: (inner) => like(inner, { close: () => delay(1) }),
  },
  {
    fault: 'goes on with its file operations when it closes',
    caughtBy: 'close() gives up a file operation under way',
    says: 'should have ended',
    breakIt: (inner) => like(inner, { files: Object.assign(Object.create(null), { download: () => new Promise(() => undefined) }) }),
  },
  {
    fault: 'leaves a listener for each command',
    caughtBy: 'a thousand leave no listener, timer, descriptor or process',
    says: 'SIGUSR2',
    boundMs: 10_000,
    breakIt: (inner) =>
      asking(inner, (command, options) => {
        process.setMaxListeners(0).once('SIGUSR2', () => undefined);
        return [command, options];
      }),
  },
];
