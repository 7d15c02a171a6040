import type { Command } from '../../command.ts';
import { invalidOption, notSupported } from '../../errors.ts';
import type { Executor } from '../../executor.ts';
import { localExecutor } from '../../local/local-executor.ts';
import type { ExecutorOptions, Limits, SpawnOptions } from '../../options.ts';
import type { ExecResult } from '../../result.ts';
import type { Supports } from '../../supports.ts';
import { like, likeExecution } from './like.ts';

/** Nothing that an executor could do without. */
export const NOTHING: Partial<Supports> = {
  sessions: false,
  terminal: false,
  detached: false,
  user: false,
  kill: false,
  exitSignal: false,
  containment: 'group',
  stdin: false,
  files: false,
  limits: { memoryBytes: false, cpuMs: false, processes: false, fileBytes: false, openFiles: false },
};

/** Everything, but not without end. */
export const BOUNDS: Partial<Supports> = { maxStdinBytes: 100_000, maxTimeoutMs: 70_000 };

/** An honest executor that can do less: what it cannot do, it refuses. */
export function modestExecutor(lacks: Partial<Supports>, options: ExecutorOptions = {}): Executor {
  const inner = localExecutor(options);
  const supports = { ...inner.supports, ...lacks };
  return like(inner, {
    supports,
    spawn: (command: Command, given: SpawnOptions = {}) => {
      const fault = lacking(given, supports);
      const execution = inner.spawn(command, given);
      if (!fault)
        return likeExecution(execution, {
          result: execution.result.then((result) => untold(result, supports)),
          ...(!supports.kill && { kill: refuseKill }),
        });
      void execution[Symbol.asyncDispose]();
      return likeExecution(execution, { result: Promise.reject(fault) });
    },
    ...(!supports.sessions && { openSession: refuseSession }),
    ...(!supports.terminal && { openTerminal: refuseTerminal }),
    ...(!supports.files && { files: refuseFiles() }),
    ...(!supports.detached && { attach: () => Promise.reject(notSupported('attach', 'nothing is kept')) }),
  });
}

function lacking(given: SpawnOptions, supports: Supports): Error | undefined {
  const { stdin, user, detached, daemons, timeoutMs = 1, limits } = given ?? {};
  if (stdin !== undefined && !supports.stdin) return notSupported('stdin', 'no stdin');
  if (stdin instanceof Uint8Array && stdin.length > supports.maxStdinBytes)
    return invalidOption('stdin', 'too long', `at most ${supports.maxStdinBytes}`);
  if (detached && !supports.detached) return notSupported('detached', 'nothing is kept');
  if (user !== undefined && !supports.user) return notSupported('user', 'no user');
  if (daemons === 'end' && supports.containment === 'group') return notSupported('daemons', 'daemons cannot be reached');
  if (timeoutMs > supports.maxTimeoutMs) return invalidOption('timeoutMs', 'too long', `at most ${supports.maxTimeoutMs}`);
  const limit = Object.keys(supports.limits).find(
    (name) => limits?.[name as keyof Limits] !== undefined && !supports.limits[name as keyof Limits],
  );
  return limit === undefined ? undefined : notSupported(`limits.${limit}`, 'no limits');
}

function untold(result: ExecResult, supports: Supports): ExecResult {
  if (supports.exitSignal || result.outcome !== 'signaled') return result;
  const { signal: _untold, reason: _nor, ...rest } = result;
  return { ...rest, outcome: 'exited', exitCode: 137 };
}

const refuseKill = (): Promise<never> => Promise.reject(notSupported('kill', 'commands end by themselves'));

const refuseSession = (): Promise<never> => Promise.reject(notSupported('openSession', 'no sessions'));
const refuseTerminal = (): Promise<never> => Promise.reject(notSupported('openTerminal', 'no terminals'));

function refuseFiles(): Executor['files'] {
  const refuse = (): Promise<never> => Promise.reject(notSupported('files', 'no files'));
  return {
    read: refuse,
    write: refuse,
    stat: refuse,
    exists: refuse,
    list: refuse,
    rename: refuse,
    remove: refuse,
    makeDirectory: refuse,
    upload: refuse,
    download: refuse,
  };
}
