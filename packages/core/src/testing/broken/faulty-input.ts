import { ExecError, isExecError } from '../../errors.ts';
import type { Executor } from '../../executor.ts';
import type { SpawnOptions } from '../../options.ts';
import { asking, type BrokenExecutor, giving, without } from './broken-executor.ts';
import { like, likeExecution } from './like.ts';

function throwing(inner: Executor): Executor['spawn'] {
  return (command, options) => {
    if (command === '') throw new Error('No command.');
    return inner.spawn(command, options);
  };
}

/** Executors that take what they should refuse. */
export const FAULTY_INPUT: readonly BrokenExecutor[] = [
  {
    fault: 'takes a bad timeout for none',
    caughtBy: 'a bad timeoutMs is refused',
    says: 'it resolved',
    breakIt: (inner) =>
      asking(inner, (command, options) => (Number(options.timeoutMs) > 0 ? [command, options] : without('timeoutMs')(command, options))),
  },
  {
    fault: 'ignores options that it does not know',
    caughtBy: 'an unknown option is refused',
    says: 'it resolved',
    breakIt: (inner) => asking(inner, (command, options) => without('timeout' as keyof SpawnOptions)(command, options)),
  },
  {
    fault: 'refuses bad input after it started',
    caughtBy: 'a bad stderr is refused',
    says: 'The command ran all the same',
    breakIt: (inner) =>
      like(inner, {
        spawn: (command, options) => {
          const execution = inner.spawn(command, options);
          const started = execution.result.catch(async (error: unknown) => {
            if (isExecError(error) && error.detail.option === 'stderr') await inner.exec(command);
            throw error;
          });
          return likeExecution(execution, { result: started });
        },
      }),
  },
  {
    fault: 'says only that something is wrong',
    caughtBy: 'a bad killSignal is refused',
    says: 'The message should name killSignal',
    breakIt: (inner) =>
      giving(inner, (execution) => ({
        result: execution.result.catch((error: unknown) => {
          throw isExecError(error) ? new ExecError(error.code, 'Invalid argument.', { detail: error.detail }) : error;
        }),
      })),
  },
  {
    fault: 'takes every open stdin for one that is waited for',
    caughtBy: 'that a command waits for input is told where supports.inputWait, and of none that does not',
    says: 'It got its input and reads no more',
    breakIt: (inner) => giving(inner, () => ({ waitsForInput: async () => true })),
  },
  {
    fault: 'says that it can tell who waits for input, and never does',
    caughtBy: 'that a command waits for input is told where supports.inputWait, and of none that does not',
    says: 'it reads an open stdin and waits for input',
    boundMs: 8_000,
    breakIt: (inner) => giving(inner, () => ({ waitsForInput: async () => false })),
  },
  {
    fault: 'throws from spawn',
    caughtBy: 'spawn refuses the same, by its result and never by throwing',
    says: 'No command.',
    breakIt: (inner) => like(inner, { spawn: throwing(inner) }),
  },
  {
    fault: 'pretends to have sessions',
    caughtBy: 'a session is refused',
    says: 'it resolved',
    breakIt: (inner) =>
      like(inner, {
        supports: { ...inner.supports, sessions: false },
        openSession: async () => ({}) as Awaited<ReturnType<Executor['openSession']>>,
      }),
  },
];
