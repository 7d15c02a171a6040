import { loginShellStatements } from '../launcher/login-shell-statements.ts';

/**
 * Asks the login shell for its environment, in POSIX sh. It prints, with a NUL behind each: the shell's file; the variables that this sh was
 * started with; a newline; those of the login shell; a newline and its exit status.
 *
 * What start-up files print goes nowhere, and they read an end of file. The answer goes to a pipe that they do not have, by its name in
 * /proc: csh closes all descriptors that it was not told of. Redirections are made in subshells, since dash may make them in itself for a
 * while. csh takes `-l` alone, and so is told through its stdin what to do.
 */
export const LOGIN_SCRIPT: string = [
  '__errand_refuse() { exit 125; }',
  ...loginShellStatements(),
  `printf '%s\\0' "$__errand_file"`,
  'command -p cat /proc/self/environ',
  `printf '\\n\\0'`,
  `{
read -r __errand_self __errand_line </proc/self/stat
__errand_dump="exec /bin/sh -c 'command -p cat /proc/self/environ >/proc/$__errand_self/fd/1'"
case \${__errand_file##*/} in
*csh) printf '%s\\n' "$__errand_dump" | ( exec >/dev/null; exec "$__errand_file" -l ) ;;
*) ( exec </dev/null >/dev/null; exec "$__errand_file" -l -c "$__errand_dump" ) ;;
esac
printf '\\n%s\\0' "$?"
} | command -p cat`,
].join('\n');
