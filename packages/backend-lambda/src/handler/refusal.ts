import { type ExecErrorCode, isExecError } from '@errand/core/process';
import type { Refused } from '../protocol/frame.ts';

/** A command that certainly did not start, by what it would have been rejected with here. */
export function refusal(fault: unknown): Refused {
  if (!isExecError(fault)) return refused('EXEC_UNAVAILABLE', `The function could not start the command: ${String(fault)}.`);
  const { what, name, option } = fault.detail;
  return {
    refused: {
      code: fault.code,
      message: fault.message,
      detail: { ...(what && { what }), ...(name !== undefined && { name }), ...(option !== undefined && { option }) },
    },
  };
}

export function refused(code: ExecErrorCode, message: string): Refused {
  return { refused: { code, message, detail: { what: 'function' } } };
}
