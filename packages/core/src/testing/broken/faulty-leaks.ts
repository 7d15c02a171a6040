import { inspect } from 'node:util';
import { ExecError, isExecError } from '../../errors.ts';
import type { SpawnOptions } from '../../options.ts';
import { asking, type BrokenExecutor, giving } from './broken-executor.ts';
import { like, likeExecution } from './like.ts';

/** Executors that let one command, or anybody, see what belongs to another. */
export const FAULTY_LEAKS: readonly BrokenExecutor[] = [
  {
    fault: 'leaks a variable to the next command',
    caughtBy: 'a variable of one command does not reach the next',
    says: 'none none 1',
    breakIt: (inner) => {
      let env: SpawnOptions['env'] = {};
      return asking(inner, (command, options) => {
        env = { ...env, ...options.env };
        return [command, { ...options, env }];
      });
    },
  },
  {
    fault: 'leaks a directory to the next command',
    caughtBy: 'a directory changed by one command does not move the next',
    says: '/usr',
    breakIt: (inner) => {
      let last: string | undefined;
      return asking(inner, (command, options) => {
        last = options.cwd ?? last;
        return [command, { ...options, ...(last !== undefined && { cwd: last }) }];
      });
    },
  },
  {
    fault: 'gives late output to the next command',
    caughtBy: 'output that comes late does not reach the next command',
    says: 'LATE',
    breakIt: (inner) =>
      asking(inner, (command, options) => [
        typeof command === 'string' ? command.replace(/^sleep 0\.7;/, '$& echo LATE;') : command,
        options,
      ]),
  },
  {
    fault: 'puts stdin into argv',
    caughtBy: 'stdin is in no command line while the command runs',
    says: 'in a command line on the target',
    breakIt: (inner) =>
      asking(inner, (command, { stdin, ...options }) => [
        typeof stdin === 'string' && stdin !== 'pipe' ? ['sh', '-c', `${String(command)}; :`, 'sh', stdin] : command,
        options,
      ]),
  },
  {
    fault: 'shows a secret in an error',
    caughtBy: 'a value of env or stdin is in no error',
    says: 'in this error',
    breakIt: (inner) =>
      like(inner, {
        spawn: (command, options) => {
          const execution = inner.spawn(command, options);
          const told = (error: unknown): never => {
            throw isExecError(error)
              ? new ExecError(error.code, `${error.message} Options were ${inspect(options)}.`, { detail: error.detail })
              : error;
          };
          return likeExecution(execution, { result: execution.result.catch(told) });
        },
      }),
  },
  {
    fault: 'shows a secret in the reason of a result',
    caughtBy: 'a value of env is in no result',
    says: 'in the result of exited',
    breakIt: (inner) =>
      giving(inner, (execution, options) => ({
        result: execution.result.then((result) => ({ ...result, reason: `failed with ${inspect(options.env)}` })),
      })),
  },
  {
    fault: 'logs a secret',
    caughtBy: 'a value of env or stdin is in no log, event or id',
    says: 'in a log, an event or an id',
    breakIt: (inner, { logger }) =>
      asking(inner, (command, options) => {
        logger?.debug({ env: options.env }, 'starting');
        return [command, options];
      }),
  },
];
