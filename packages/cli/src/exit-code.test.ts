import { ExecError, type ExecErrorCode, type ExecErrorDetail, type ExecResult } from '@errand/core';
import { describe, expect, test } from 'vitest';
import { exitCodeOfFault, exitCodeOfResult } from './exit-code.ts';

describe('the exit code', () => {
  test.for([
    [{ outcome: 'exited', exitCode: 0 }, 0],
    [{ outcome: 'exited', exitCode: 255 }, 255],
    [{ outcome: 'signaled', signal: 'SIGKILL' }, 137],
    // What exit code it then had does not count: the first cause wins.
    [{ outcome: 'timed-out', exitCode: 0 }, 124],
    [{ outcome: 'idle-timed-out', signal: 'SIGTERM' }, 124],
    [{ outcome: 'out-of-memory' }, 137],
    [{ outcome: 'cancelled', signal: 'SIGTERM' }, 125],
    [{ outcome: 'unknown' }, 255],
  ] satisfies [Partial<ExecResult>, number][])('of %j is %i', ([result, code]) => {
    expect(exitCodeOfResult(result as ExecResult)).toBe(code);
  });

  test.for([
    ['EXEC_NOT_FOUND', { what: 'program' }, 127],
    ['EXEC_NOT_FOUND', { what: 'cwd' }, 125],
    ['EXEC_NOT_FOUND', { what: 'user' }, 125],
    ['EXEC_PERMISSION', { what: 'program' }, 126],
    ['EXEC_PERMISSION', { what: 'cwd' }, 125],
    ['EXEC_INVALID_OPTION', {}, 125],
    ['EXEC_NOT_SUPPORTED', {}, 125],
    ['EXEC_CLOSED', {}, 125],
    ['EXEC_QUOTA', {}, 75],
    ['EXEC_QUEUE_FULL', {}, 75],
    ['EXEC_QUEUE_TIMEOUT', {}, 75],
    ['EXEC_START_TIMEOUT', {}, 75],
    ['EXEC_UNAVAILABLE', {}, 75],
    ['EXEC_CONNECT', {}, 255],
    ['EXEC_AUTH', {}, 255],
    ['EXEC_HOST_KEY', {}, 255],
  ] satisfies [ExecErrorCode, ExecErrorDetail, number][])('for %s with %j is %i', ([code, detail, expected]) => {
    expect(exitCodeOfFault(new ExecError(code, 'test', { detail }))).toBe(expected);
  });

  test("for a fault of Errand's own is 125", () => {
    expect(exitCodeOfFault(new TypeError('test'))).toBe(125);
  });
});
