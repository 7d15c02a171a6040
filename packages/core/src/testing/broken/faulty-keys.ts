import type { Execution } from '../../execution.ts';
import type { ExecResult } from '../../result.ts';
import { asking, type BrokenExecutor, giving, without } from './broken-executor.ts';
import { like, withResults } from './like.ts';

/** Executors that start more than once, or too little. */
export const FAULTY_KEYS: readonly BrokenExecutor[] = [
  {
    fault: 'ignores idempotencyKey',
    caughtBy: 'the same key again, after the end, gives the same execution and starts nothing',
    says: 'strictly equal',
    breakIt: (inner) => asking(inner, without('idempotencyKey')),
  },
  {
    fault: 'gives the first execution for anything under its key',
    caughtBy: 'anything else under the same key is EXEC_CONFLICT',
    says: 'it resolved',
    breakIt: (inner) => {
      const first = new Map<string, Execution>();
      return like(inner, {
        spawn: (command, options) => {
          const key = options?.idempotencyKey ?? '';
          const execution = first.get(key) ?? inner.spawn(command, options);
          if (key !== '') first.set(key, execution);
          return execution;
        },
      });
    },
  },
  {
    fault: 'remembers all output for ever',
    caughtBy: 'much output under many idempotency keys',
    says: 'at once',
    boundMs: 10_000,
    breakIt: (inner) => {
      const remembered: ExecResult[] = [];
      return withResults(inner, (result) => {
        remembered.push(result);
        return result;
      });
    },
  },
  {
    fault: 'takes an empty stdin for another than none',
    caughtBy: 'no stdin and an empty one are the same under a key',
    says: 'taken for another submission',
    breakIt: (inner) =>
      asking(inner, (command, options) => [
        command,
        options.idempotencyKey === undefined
          ? options
          : { ...options, idempotencyKey: `${options.idempotencyKey} ${typeof options.stdin}` },
      ]),
  },
  {
    fault: 'ends the command with the first of its handles',
    caughtBy: 'a disposed handle leaves the command running for the others',
    says: 'signaled',
    breakIt: (inner) => giving(inner, (execution) => ({ [Symbol.asyncDispose]: () => execution.kill() })),
  },
];
