import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';

/** The inbox of a supervisor that died may be somebody else's file by now. */
export function inboxStatement(inbox: string): string {
  const { path, birth, pid } = parseInbox(inbox);
  if (pid === undefined) return `[ -p ${quote(path)} ] || __errand_refuse supervisor`;
  return `{ read -r __errand_line </proc/${pid}/stat && set -- \${__errand_line##*) } && shift 19 && [ "$1" = ${birth} ]; } 2>/dev/null || __errand_refuse supervisor`;
}

/** Registers $$, whose start time is in $__errand_birth. */
export function registerStatement({ marker, deadlineMs, killGraceMs }: ProcessRequest, inbox: string): string {
  const key = marker.slice(marker.lastIndexOf('.') + 1);
  const registration = `printf 'R %s %s %s %s %s\\n' ${quote(key)} "$$" "$__errand_birth" ${deadlineMs ?? '-'} ${killGraceMs}`;
  return `{ ${registration} >${quote(parseInbox(inbox).path)}; } 2>/dev/null || __errand_refuse supervisor`;
}

export interface Inbox {
  readonly birth: string;
  readonly path: string;
  /** Absent where the target has no /proc and the inbox is a FIFO. */
  readonly pid: string | undefined;
}

/** What `Supervisor.ready` resolved to, in parts. */
export function parseInbox(inbox: string): Inbox {
  const [, birth = '0', path = ''] = /^(\d+) (.*)$/.exec(inbox) ?? [];
  return { birth, path, pid: /^\/proc\/(\d+)\/fd\/\d$/.exec(path)?.[1] };
}
