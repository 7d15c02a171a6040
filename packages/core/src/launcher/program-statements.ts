import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import { scriptArgv } from './script-argv.ts';

/** Finds the file to run as execvp would, in $__errand_file: after it ran, exit 126 and 127 are the command's own. */
export function findStatements({ command, shell }: ProcessRequest): string[] {
  const { what, path, name } = programOf(command, shell);
  return [path === undefined ? searchStatement(quote(name)) : `__errand_file=${quote(path)}`, ...checkStatements(what)];
}

/** What is run, as a file (`path`) or to be looked for (`name`), and how a refusal calls it. */
export function programOf(command: ProcessRequest['command'], shell: string): { what: string; path: string | undefined; name: string } {
  const what = typeof command === 'string' ? 'shell' : 'program';
  const name = typeof command === 'string' ? shell : (command[0] ?? '');
  return { what, name, path: name.includes('/') ? (name.startsWith('-') ? `./${name}` : name) : undefined };
}

export function checkStatements(what: string): string[] {
  return [
    `[ -e "$__errand_file" ] || __errand_refuse ${what}`,
    `[ -f "$__errand_file" ] && [ -x "$__errand_file" ] || __errand_refuse ${what}-denied`,
  ];
}

/** @param name As shell source. */
export function searchStatement(name: string): string {
  return (
    '__errand_rest=${PATH-/usr/bin:/bin}: __errand_file=; while [ "$__errand_rest" ]; do __errand_try=${__errand_rest%%:*}; ' +
    `__errand_rest=\${__errand_rest#*:}; __errand_try=\${__errand_try:-.}/${name}; ` +
    '[ -f "$__errand_try" ] || continue; __errand_file=$__errand_try; [ ! -x "$__errand_try" ] || break; done'
  );
}

/** Becomes the program that was found; `words` are its arguments as shell source. */
export function execStatement({ stdin, mergeStderr }: ProcessRequest, words: string): string {
  return ['exec "$__errand_file"', words, ...(stdin ? [] : ['</dev/null']), ...(mergeStderr ? ['2>&1'] : [])].join(' ');
}

/** The arguments, without the program, as shell source. */
export function argumentWords({ command, shell }: ProcessRequest): string {
  const [, ...rest] = typeof command === 'string' ? scriptArgv(shell, command) : command;
  return rest.map(quote).join(' ');
}
