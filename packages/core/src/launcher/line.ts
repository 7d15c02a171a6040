/**
 * The one line that every command is started with. It has no single quote, backslash, `!` or newline inside its quotes,
 * so that any login shell hands it on as it is (tried: dash, bash, zsh, fish, tcsh, ash), and holds nothing secret.
 *
 * It takes two lines from stdin: how the second is written, and sh source (see `preamble`). `read` takes no byte beyond its
 * line, so what follows is the command's own stdin. A line that was cut off is not run.
 *
 * @param shell A POSIX sh on the target, with its options, in words that need no quotes.
 */
export function launchLine(shell = '/bin/sh'): string {
  return `exec ${shell} -c '${BODY}'`;
}

const BODY =
  'read -r __errand_form && IFS= read -r __errand_body || exit 125; ' +
  'if [ "$__errand_form" = encoded ]; then __errand_body=$(printf %b "$__errand_body"); fi; ' +
  'eval "$__errand_body"';
