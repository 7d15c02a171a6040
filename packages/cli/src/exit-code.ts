import { constants } from 'node:os';
import { type ExecError, type ExecResult, isExecError } from '@errand/core';
import { ReaderGone } from './output/forward.ts';

/** Wrong use, or a fault of Errand's own. */
export const USAGE = 125;
/** Try again later (EX_TEMPFAIL of sysexits.h). */
const TEMPORARY = 75;
/** As ssh does. */
const NO_CONNECTION = 255;

/** The exit code that a shell would give for a command that ended so. */
export function exitCodeOfResult({ outcome, exitCode, signal }: ExecResult): number {
  switch (outcome) {
    case 'exited':
      return exitCode ?? USAGE;
    case 'signaled':
      return signal ? exitCodeOfSignal(signal) : USAGE;
    case 'timed-out':
    case 'idle-timed-out':
      return 124;
    case 'out-of-memory':
      return 137;
    case 'cancelled':
      return USAGE;
    case 'unknown':
      return NO_CONNECTION;
  }
}

export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** The exit code for a command that did not start, or whose output could not be passed on. */
export function exitCodeOfFault(fault: unknown): number {
  if (fault instanceof ReaderGone) return exitCodeOfSignal('SIGPIPE');
  return isExecError(fault) ? exitCodeOfError(fault) : USAGE;
}

function exitCodeOfError({ code, detail }: ExecError): number {
  switch (code) {
    case 'EXEC_NOT_FOUND':
      return detail.what === 'program' || detail.what === 'shell' ? 127 : USAGE;
    case 'EXEC_PERMISSION':
      return detail.what === 'program' || detail.what === 'shell' ? 126 : USAGE;
    case 'EXEC_QUOTA':
    case 'EXEC_QUEUE_FULL':
    case 'EXEC_QUEUE_TIMEOUT':
    case 'EXEC_START_TIMEOUT':
    case 'EXEC_UNAVAILABLE':
      return TEMPORARY;
    case 'EXEC_CONNECT':
    case 'EXEC_AUTH':
    case 'EXEC_HOST_KEY':
      return NO_CONNECTION;
    default:
      return USAGE;
  }
}
