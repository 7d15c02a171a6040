import { type Command, ExecError, isExecError } from '@errand/core';

/** Somebody who gives a whole line as one word meant a shell to parse it. */
export function withHint(fault: unknown, command: Command): unknown {
  const line = typeof command !== 'string' && command.length === 1 && /\s/.test(command[0] ?? '');
  if (!line || !isExecError(fault) || fault.code !== 'EXEC_NOT_FOUND' || fault.detail.what !== 'program') return fault;
  return new ExecError(fault.code, `${fault.message} For shell source use -c.`, { cause: fault, detail: fault.detail });
}
