import { ExecError } from '@errand/core';
import type { AuthenticationRecord } from './authentication/authentication.ts';
import { messageOf } from './message-of.ts';
import { printable } from './printable.ts';
import { NoVersion, PasswordExpired } from './ssh-client.ts';

/** What a caller is told where no connection could be opened, so that nothing was started. `where` is as messages name it: `deploy@web1:22`. */
export function connectFault(cause: unknown, where: string, record?: AuthenticationRecord): ExecError {
  if (record?.fault) return record.fault;
  if (record && fieldOf(cause, 'level') === 'client-authentication') return authenticationFault(cause, where, record);
  // Before anything of ours was tried nothing of it was refused.
  if (record && record.tried.length > 0 && isCutShort(cause)) return authenticationFault(cause, where, record, CUT_SHORT);
  if (cause instanceof PasswordExpired) {
    const message = `${where} wants a new password, for the one that it was given has expired. Change it there first.`;
    return new ExecError('EXEC_AUTH', message, { cause });
  }
  const why = printable(messageOf(cause));
  return new ExecError('EXEC_CONNECT', `No connection to ${where}, so nothing was started: ${why}.`, { cause });
}

/** Whether another try may fare better: nothing that has to do with who either side is. */
export function isTransient(fault: unknown): boolean {
  return fault instanceof ExecError && fault.code === 'EXEC_CONNECT';
}

/** Whether the server has no room for those who did not log in yet (MaxStartups): that may be over in a moment. Older ones do not say it. */
export function isFull(fault: unknown): boolean {
  return isTransient(fault) && fault instanceof ExecError && fault.cause instanceof NoVersion && /^$|MaxStartups/.test(fault.cause.words);
}

const CUT_SHORT =
  ' It allows no more tries on one connection (MaxAuthTries): put what fits first in `authentication`, ' +
  'or name its IdentityFile with IdentitiesOnly in ~/.ssh/config.';

function authenticationFault(cause: unknown, where: string, record: AuthenticationRecord, hint = ''): ExecError {
  const { offered } = record;
  const takes = offered && offered.length > 0 ? `; the server takes ${printable(offered.join(', '))}` : '';
  return new ExecError('EXEC_AUTH', `${where} does not let us in. ${whatWasTried(record)}${takes}.${hint}`, { cause });
}

function whatWasTried({ tried, untried }: AuthenticationRecord): string {
  if (tried.length > 0) return `It was tried with ${tried.join(', ')}`;
  return untried.length > 0 ? `It takes nothing of what there is (${untried.join(', ')})` : 'There was nothing to try';
}

/** RFC 4253's NO_MORE_AUTH_METHODS_AVAILABLE; OpenSSH calls it a protocol error, and says in words what it is. */
function isCutShort(cause: unknown): boolean {
  return fieldOf(cause, 'code') === 14 || (cause instanceof Error && /too many authentication failures/i.test(cause.message));
}

function fieldOf(fault: unknown, name: string): unknown {
  return typeof fault === 'object' && fault !== null ? Reflect.get(fault, name) : undefined;
}
