import type { Executor } from '../../executor.ts';
import type { ExecResult } from '../../result.ts';
import type { Session, SessionExecOptions, SessionOptions } from '../../session.ts';
import { like, likeExecution } from './like.ts';

/** How a broken session differs from the one inside. */
export interface SessionFaults {
  /** What it makes of a command before it asks the session inside. */
  readonly command?: (script: string) => string;
  readonly options?: (options: SessionExecOptions) => SessionExecOptions;
  readonly result?: (result: ExecResult) => ExecResult;
  readonly own?: (inner: Session) => Partial<Session>;
  /** What it makes of the options of `openSession`. */
  readonly opening?: (options: SessionOptions) => SessionOptions;
}

/** An executor whose sessions are broken. */
export function withSessions(inner: Executor, faults: SessionFaults): Executor {
  const { opening = (options: SessionOptions) => options } = faults;
  return like(inner, { openSession: async (options = {}) => likeSession(await inner.openSession(opening(options)), faults) });
}

function likeSession(
  inner: Session,
  { command = (script) => script, options = (given) => given, result = (told) => told, own }: SessionFaults,
): Session {
  const spawn: Session['spawn'] = (script, given = {}) => {
    const execution = inner.spawn(typeof script === 'string' ? command(script) : script, options(given));
    return likeExecution(execution, { result: execution.result.then(result) });
  };
  return {
    get id() {
      return inner.id;
    },
    get state() {
      return inner.state;
    },
    get lateOutputBytes() {
      return inner.lateOutputBytes;
    },
    get ended() {
      return inner.ended;
    },
    spawn,
    exec: (script, given) => spawn(script, given).result,
    interrupt: () => inner.interrupt(),
    snapshot: () => inner.snapshot(),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
    ...own?.(inner),
  };
}
