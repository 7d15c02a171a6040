import type { ProcessRequest } from '../driver.ts';
import { isLarge } from './argument-size.ts';
import { loginShellStatements } from './login-shell-statements.ts';
import { argumentWords, execStatement, findStatements } from './program-statements.ts';
import { inboxStatement, parseInbox, registerStatement } from './register-statements.ts';
import { type StartParts, startStatements } from './start-statements.ts';

/**
 * What is written to a launcher's stdin ahead of the command's own: two lines, see `launchLine`. The second is sh source that
 * becomes the command, see `startStatements`.
 *
 * What only exec itself can tell comes too late for a refusal, because reading the file first would cost more than the rest:
 * where the program is a script whose `#!` interpreter is missing, or is for another machine, the command has exited with
 * 126 or 127, and sh's own message is on stderr.
 *
 * @param inbox What `Supervisor.ready` resolved to.
 */
export function preamble(request: ProcessRequest, inbox: string): string {
  return encode(startStatements(request, startParts(request, inbox)));
}

/** As `preamble`, for what `scriptLine` starts, which has nothing else on its stdin: one compound, of which a shell runs all or nothing. */
export function scriptPreamble(request: ProcessRequest, inbox: string): string {
  return `{ ${startStatements(request, startParts(request, inbox)).join('; ')}\n}\n`;
}

/**
 * As `preamble`, for what `terminalLine` starts.
 *
 * @param isLogin Whether the login shell is found and started in place of the file that the request's command names.
 */
export function terminalPreamble(request: ProcessRequest, inbox: string, isLogin: boolean): string {
  const prepare = isLogin ? { prepare: loginShellStatements() } : {};
  return encode(startStatements(request, { ...startParts(request, inbox), ...prepare, oneStream: true }));
}

function startParts(request: ProcessRequest, inbox: string): StartParts {
  const large = isLarge(request);
  return {
    check: [inboxStatement(inbox)],
    hasUptime: parseInbox(inbox).hasUptime,
    prepare: [...findStatements(request), ...(large ? sizeStatements(request) : [])],
    register: [registerStatement(request, inbox)],
    become: [execStatement(request, large ? '"$@"' : argumentWords(request))],
  };
}

function encode(statements: readonly string[]): string {
  const source = statements.join('; ');
  // printf %b, which undoes this, costs the launcher a fork.
  if (!source.includes('\n')) return `plain\n${source}\n`;
  return `encoded\n${source.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`;
}

/**
 * Has another program take the same arguments and variables, because how much is too much only the target's kernel knows. It
 * costs a process, but nothing beside what it took to read so many bytes. Leaves the arguments in $@.
 */
export function sizeStatements(request: ProcessRequest): string[] {
  return [
    `set -- ${argumentWords(request)}`,
    '( exec /bin/sh -c : "$__errand_file" "$__errand_file" "$@" ) </dev/null >/dev/null 2>&1',
    '[ "$?" != 126 ] || __errand_refuse size',
  ];
}
