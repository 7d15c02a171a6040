/**
 * The line that every command without a stdin of its own is started with: a sh that reads its script from stdin (see `scriptPreamble`).
 * Shells read that in blocks, or at least no slower than `read` does, which takes a system call a byte.
 *
 * @param shell A POSIX sh on the target, with its options, in words that need no quotes.
 */
export function scriptLine(shell = '/bin/sh'): string {
  return `exec ${shell}`;
}

/**
 * The one line that every command with a stdin is started with. It has no single quote, backslash, `!` or newline inside its quotes,
 * so that any login shell hands it on as it is (tried: dash, bash, zsh, fish, tcsh, ash), and holds nothing secret.
 *
 * It takes two lines from stdin: how the second is written, and sh source (see `preamble`). `read` takes no byte beyond its
 * line, so what follows is the command's own stdin. A line that was cut off is not run.
 *
 * @param shell A POSIX sh on the target, with its options, in words that need no quotes.
 */
export function launchLine(shell = '/bin/sh'): string {
  return `exec ${shell} -c '${READ}${EVALUATE}'`;
}

/**
 * As `launchLine`, for a terminal: which shows what is typed, changes some of it and holds back long lines. So it is told not to, `NONCE
 * ready` says that it is deaf and blind now (`NONCE refused stty` that it cannot be), and only then anything may be sent.
 */
export function terminalLine(nonce: string, shell = '/bin/sh'): string {
  return `exec ${shell} -c '${raw(nonce)}${READ}stty "$__errand_tty" || exit 125; ${EVALUATE}'`;
}

function raw(nonce: string): string {
  return `__errand_tty=$(stty -g) && stty raw -echo && echo "${nonce} ready" || { echo "${nonce} refused stty"; exit 125; }; `;
}

const READ = 'read -r __errand_form && IFS= read -r __errand_body || exit 125; ';
const EVALUATE = 'if [ "$__errand_form" = encoded ]; then __errand_body=$(printf %b "$__errand_body"); fi; eval "$__errand_body"';
