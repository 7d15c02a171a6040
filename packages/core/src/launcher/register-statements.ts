import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import { suffix } from '../supervisor/registration.ts';

/** The inbox of a supervisor that died may be somebody else's file by now. */
export function inboxStatement(inbox: string): string {
  return `{ ${inboxCondition(inbox)}; } 2>/dev/null || __errand_refuse supervisor`;
}

/** Registers $$, which began no later than $__errand_birth. */
export function registerStatement({ marker, deadlineMs, killGraceMs }: ProcessRequest, inbox: string): string {
  const registration = registrationCommand({ key: marker, killGraceMs, ...(deadlineMs !== undefined && { deadlineMs }) }, inbox);
  return `{ ${registration}; } 2>/dev/null || __errand_refuse supervisor`;
}

/** Whether the supervisor that said so still has this inbox. Changes $1 … */
export function inboxCondition(inbox: string): string {
  const { path, who, pid } = parseInbox(inbox);
  // Anybody can take a name, and have a file there that is not to be written to.
  const isOurs = `[ -p ${quote(path)} ] && [ -O ${quote(path)} ]`;
  if (pid === undefined) return isOurs;
  // Shells read such a file byte by byte: a name is sixteen of them, where stat is some three hundred.
  if (!/^\d/.test(who)) return `read -r __errand_line </proc/${pid}/comm && [ "$__errand_line" = ${who} ] && ${isOurs}`;
  return `read -r __errand_line </proc/${pid}/stat && set -- \${__errand_line##*) } && shift 19 && [ "$1" = ${who} ]`;
}

/** Registers $$, which began no later than $__errand_birth; fails where nobody reads the inbox. */
export function registrationCommand(
  { key, deadlineMs, killGraceMs }: { readonly key: string; readonly deadlineMs?: number; readonly killGraceMs: number },
  inbox: string,
): string {
  const words = `${quote(suffix(key))} "$$" "$__errand_birth" ${deadlineMs ?? '-'} ${killGraceMs}`;
  return `printf 'R %s %s %s %s %s\\n' ${words} >${quote(parseInbox(inbox).path)}`;
}

export interface Inbox {
  /** How its reader is told from whoever gets its pid later: a name that it gave itself, or its start time. */
  readonly who: string;
  /** Whether /proc/uptime tells the time that start times are counted in. */
  readonly hasUptime: boolean;
  readonly path: string;
  /** Absent where the target has no /proc and the inbox is a FIFO. */
  readonly pid: string | undefined;
}

/** What `Supervisor.ready` resolved to, in parts. */
export function parseInbox(inbox: string): Inbox {
  const [, who = '0', clock, path = ''] = /^(\S+) (\S+) (.*)$/.exec(inbox) ?? [];
  return { who, hasUptime: clock === 'uptime', path, pid: /^\/proc\/(\d+)\/fd\/\d$/.exec(path)?.[1] };
}
