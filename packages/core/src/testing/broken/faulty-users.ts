import { setTimeout as delay } from 'node:timers/promises';
import type { Execution } from '../../execution.ts';
import type { ExecResult } from '../../result.ts';
import { asking, type BrokenExecutor, without } from './broken-executor.ts';
import { like, likeExecution } from './like.ts';
import { shellless } from './shellless-executor.ts';

/** Says that it timed out, while it goes on. */
async function onlyTold(execution: Execution, ms: number): Promise<ExecResult> {
  for await (const _chunk of execution) break;
  await delay(ms);
  const told = execution.result;
  const stdout = await new Promise<string>((resolve) => execution.stdout.once('data', (bytes) => resolve(String(bytes))));
  told.catch(() => undefined);
  return { outcome: 'timed-out', stdout: { text: stdout } } as ExecResult;
}

/** Executors that are wrong with other users' commands, one at a time. */
export const FAULTY_USERS: readonly BrokenExecutor[] = [
  {
    fault: 'runs every command as its own user',
    caughtBy: 'user is as whom a command runs, and the next one runs as before',
    says: '65534',
    breakIt: (inner) => asking(inner, without('user')),
  },
  {
    fault: 'runs all commands after one as its user',
    caughtBy: 'user is as whom a command runs, and the next one runs as before',
    says: '65534',
    breakIt: (inner) => {
      let last: string | undefined;
      return asking(inner, (command, options) => {
        last = options.user ?? last;
        return [command, { ...options, ...(last !== undefined && { user: last }) }];
      });
    },
  },
  {
    fault: "forgets what belongs to another user's command",
    caughtBy: "another user's commands have cwd, env, stdin and both streams as any",
    says: 'a b',
    breakIt: (inner) =>
      asking(inner, (command, options) => (options.user === undefined ? [command, options] : without('env')(command, options))),
  },
  {
    fault: "cannot end another user's command",
    caughtBy: "a timeout ends all that another user's command started",
    says: 'should be gone',
    boundMs: 8_000,
    breakIt: (inner) =>
      like(inner, {
        spawn: (command, { timeoutMs, ...options } = {}) => {
          const execution = inner.spawn(command, options);
          if (options.user === undefined || timeoutMs === undefined) return execution;
          return likeExecution(execution, { result: onlyTold(execution, timeoutMs) });
        },
      }),
  },
  {
    fault: "closes without other users' commands",
    caughtBy: "close() ends another user's command",
    says: 'should have ended',
    breakIt: (inner) => like(inner, { close: async () => undefined }),
  },
  {
    fault: 'opens every terminal as its own user',
    caughtBy: 'a terminal is of the user that was named',
    says: '65534',
    breakIt: (inner) => like(inner, { openTerminal: ({ user: _user, ...options } = {}) => inner.openTerminal(options) }),
  },
  {
    fault: 'runs every program as its own user where there is no shell',
    caughtBy: 'user is as whom a program runs; one that is not there is EXEC_NOT_FOUND',
    says: '65534',
    breakIt: (inner) => asking(shellless(inner), without('user')),
  },
];
