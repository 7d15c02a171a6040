import type { Command } from '../../command.ts';
import { notSupported } from '../../errors.ts';
import type { Executor } from '../../executor.ts';
import type { SpawnOptions } from '../../options.ts';
import type { Supports } from '../../supports.ts';
import { like, likeExecution } from './like.ts';

/** One that is as without a shell, and honest about it. */
export function shellless(inner: Executor, supports: Partial<Supports> = {}): Executor {
  return like(inner, {
    supports: { ...inner.supports, shell: false, outOfMemory: false, ...supports },
    spawn: (command, options = {}) => {
      const fault = lacking(command, options);
      const execution = inner.spawn(fault ? ['true'] : command, fault ? {} : options);
      return fault ? likeExecution(execution, { result: Promise.reject(fault) }) : execution;
    },
  });
}

function lacking(command: Command, { stderr }: SpawnOptions): Error | undefined {
  if (typeof command === 'string') return notSupported('command', 'pass a list');
  return stderr === undefined ? undefined : notSupported('stderr', 'no order is known');
}
