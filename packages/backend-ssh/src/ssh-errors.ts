import { ExecError } from '@errand/core';
import type { AuthenticationRecord } from './authentication/authentication.ts';

/** What a caller is told where no connection could be opened, so that nothing was started. `where` is as messages name it: `deploy@web1:22`. */
export function connectFault(cause: unknown, where: string, record?: AuthenticationRecord): ExecError {
  if (record && levelOf(cause) === 'client-authentication') return authenticationFault(cause, where, record);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ExecError('EXEC_CONNECT', `No connection to ${where}, so nothing was started: ${why}.`, { cause });
}

/** Whether another try may fare better: nothing that has to do with who either side is. */
export function isTransient(fault: unknown): boolean {
  return fault instanceof ExecError && fault.code === 'EXEC_CONNECT';
}

function authenticationFault(cause: unknown, where: string, { tried, offered }: AuthenticationRecord): ExecError {
  const what = tried.length > 0 ? `It was tried with ${tried.join(', ')}` : 'There was nothing to try';
  const takes = offered && offered.length > 0 ? `; the server takes ${offered.join(', ')}` : '';
  return new ExecError('EXEC_AUTH', `${where} does not let us in. ${what}${takes}.`, { cause });
}

function levelOf(fault: unknown): unknown {
  return typeof fault === 'object' && fault !== null ? Reflect.get(fault, 'level') : undefined;
}
