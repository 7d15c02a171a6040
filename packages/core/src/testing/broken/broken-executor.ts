import type { Command } from '../../command.ts';
import type { Execution } from '../../execution.ts';
import type { Executor } from '../../executor.ts';
import type { ExecutorOptions, SpawnOptions } from '../../options.ts';
import { like, likeExecution } from './like.ts';

/** An executor that breaks one promise, and the case of the kit that must fail for it. */
export interface BrokenExecutor {
  readonly fault: string;
  readonly caughtBy: string;
  /** What the case says then: it fails for this fault, not for another. */
  readonly says: string;
  /** How long the case may take, where 2 s are too little to say it. */
  readonly boundMs?: number;
  /** What it makes of its options before the executor inside gets them. */
  readonly adapt?: (options: ExecutorOptions) => ExecutorOptions;
  readonly breakIt: (inner: Executor, options: ExecutorOptions) => Executor;
}

/** Changes what is asked before it is asked. */
export function asking(inner: Executor, change: (command: Command, options: SpawnOptions) => readonly [Command, SpawnOptions]): Executor {
  return like(inner, { spawn: (command, options) => inner.spawn(...change(command, options ?? {})) });
}

/** Changes the execution that is given back. */
export function giving(inner: Executor, change: (execution: Execution, options: SpawnOptions) => Partial<Execution>): Executor {
  return like(inner, {
    spawn: (command, options) => {
      const execution = inner.spawn(command, options);
      return likeExecution(execution, change(execution, options ?? {}));
    },
  });
}

/** Leaves options out of what is asked, for `asking`. */
export function without<Name extends keyof SpawnOptions>(
  ...names: readonly Name[]
): (command: Command, options: SpawnOptions) => readonly [Command, SpawnOptions] {
  return (command, options) => [
    command,
    Object.fromEntries(Object.entries(options ?? {}).filter(([name]) => !names.includes(name as Name))),
  ];
}
