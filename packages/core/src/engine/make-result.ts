import type { Driver, ProcessExit } from '../driver.ts';
import type { Output } from '../output.ts';
import type { ExecResult, Outcome, Timings } from '../result.ts';
import type { ForcedEnd } from './ending.ts';
import type { RunSpec } from './run-spec.ts';

/** What is known when a command ended. */
export interface EndFacts {
  readonly spec: Pick<RunSpec, 'id' | 'target'> & { readonly driver?: Pick<Driver, 'supports'> };
  readonly exit: ProcessExit;
  readonly forced: ForcedEnd | undefined;
  /** Why nobody can know how it ended. */
  readonly fault: string | undefined;
  /** What else a reader should know of a plain exit. */
  readonly note: string | undefined;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly timings: Timings;
}

export function makeResult({ spec, exit, forced, fault, note, stdout, stderr, timings }: EndFacts): ExecResult {
  // Where nothing reaches the command from here, only its target knows whether it was ended.
  const isUnseen = fault !== undefined && spec.driver?.supports.kill === false;
  const outcome = isUnseen ? 'unknown' : (forced?.outcome ?? outcomeOf(exit, fault));
  const reason = (forced ? forcedReason(forced, fault) : reasonOf(outcome, exit, fault)) ?? note;
  return {
    executionId: spec.id,
    target: spec.target,
    outcome,
    ok: outcome === 'exited' && exit.exitCode === 0,
    ...(exit.exitCode !== undefined && { exitCode: exit.exitCode }),
    ...(exit.signal !== undefined && { signal: exit.signal }),
    ...(exit.cause !== undefined && { cause: exit.cause }),
    ...(reason !== undefined && { reason }),
    stdout,
    stderr,
    timings,
    ...(exit.usage !== undefined && { usage: exit.usage }),
  };
}

function forcedReason({ reason }: ForcedEnd, fault: string | undefined): string {
  return fault === undefined ? reason : `${reason}; ${fault}`;
}

function outcomeOf(exit: ProcessExit, fault: string | undefined): Outcome {
  const { exitCode, signal, outOfMemory, timedOut, idleTimedOut, cancelled } = exit;
  if (fault !== undefined) return 'unknown';
  if (timedOut) return 'timed-out';
  if (idleTimedOut) return 'idle-timed-out';
  if (cancelled) return 'cancelled';
  if (outOfMemory) return 'out-of-memory';
  if (exitCode !== undefined) return 'exited';
  return signal === undefined ? 'unknown' : 'signaled';
}

function reasonOf(outcome: Outcome, { signal, cause, reason }: ProcessExit, fault: string | undefined): string | undefined {
  if (reason !== undefined) return reason;
  const why = cause && ` (${cause})`;
  switch (outcome) {
    case 'exited':
      return cause && `it exited after: ${cause}`;
    case 'timed-out':
      return 'timeoutMs passed';
    case 'idle-timed-out':
      return 'idleTimeoutMs passed without output';
    case 'cancelled':
      return 'its target was asked to end it';
    case 'signaled':
      return `ended by ${signal}${why ?? ''}`;
    case 'out-of-memory':
      return `ended for using too much memory${why ?? ''}`;
    default:
      return fault ?? `nobody can know how it ended${why ?? ''}`;
  }
}
