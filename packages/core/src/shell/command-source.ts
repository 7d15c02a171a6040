import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import { variablesLines } from '../launcher/environment-lines.ts';
import { argumentWords, execStatement, programOf } from '../launcher/program-statements.ts';
import { inboxStatement, parseInbox } from '../launcher/register-statements.ts';
import { suffix } from '../supervisor/registration.ts';
import { runsAlike } from './servable.ts';

/**
 * A command for a warm shell's subshell, as sh source: as short as can be, because some shells read it byte by byte.
 *
 * @param inbox Absent where the command does not register itself.
 * @param shell The file of a warm shell that evaluates scripts itself: they need no other process then.
 */
export function commandSource(request: ProcessRequest, inbox: string | undefined, shell: string | undefined): string {
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
