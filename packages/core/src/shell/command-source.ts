import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import { variablesLines } from '../launcher/environment-lines.ts';
import { argumentWords, execStatement, programOf } from '../launcher/program-statements.ts';
import { inboxStatement, parseInbox } from '../launcher/register-statements.ts';
import { suffix } from '../supervisor/registration.ts';

/**
 * A command for a warm shell's subshell, as sh source: as short as can be, because a shell reads it byte by byte.
 *
 * @param inbox Absent where the command does not register itself.
 * @param shell The warm shell's own file: its scripts need no other process.
 */
export function commandSource(request: ProcessRequest, inbox: string | undefined, shell: string): string {
  const { cwd, command, mergeStderr, marker } = request;
  const own = typeof command === 'string' && request.shell === shell && runsAlike(command);
  return [
    ...(cwd === undefined ? [] : [`__enter ${quote(cwd.startsWith('/') ? cwd : `./${cwd}`)}`]),
    ...(inbox === undefined ? [] : [inboxStatement(inbox)]),
    ...variablesLines(request.env),
    ...(own ? [] : [findStatement(request)]),
    ['__go', suffix(marker), ...(inbox === undefined ? [] : registration(request, inbox))].join(' '),
    ...(own && mergeStderr ? ['exec 2>&1'] : []),
    own ? `__script ${quote(command)}` : execStatement({ ...request, stdin: true }, argumentWords(request)),
  ].join(';');
}

function findStatement({ command, shell }: ProcessRequest): string {
  const { what, name, path } = programOf(command, shell);
  return path === undefined ? `__search ${what} ${quote(name)}` : `__check ${what} ${quote(path)}`;
}

function registration({ deadlineMs, killGraceMs }: ProcessRequest, inbox: string): string[] {
  return [String(deadlineMs ?? '-'), String(killGraceMs), quote(parseInbox(inbox).path)];
}

/**
 * Whether a script does in a subshell what it does in a shell of its own. There `$$` and PPID are the warm shell's, `trap` tells
 * what that has set, and busybox takes a stray `break` for one of the warm shell's loop.
 */
function runsAlike(script: string): boolean {
  if (/\$\{?\$|PPID|LINENO|BASH|FUNCNAME|\btrap\b|__errand/.test(script)) return false;
  return !/\b(break|continue)\b/.test(script) || /\b(for|while|until|select)\b/.test(script);
}
