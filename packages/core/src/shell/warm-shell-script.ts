import { quote } from '../command.ts';
import { markerLine, variablesLines } from '../launcher/environment-lines.ts';
import { checkStatements, searchStatement } from '../launcher/program-statements.ts';
import { lookScript } from './look-script.ts';

/** Signals for which a waiting shell sets an empty trap, so that one for its group ends what it waits for and not itself. */
export const SIGNAL_NUMBERS = '1 2 3 4 5 6 7 8 10 11 12 13 14 15 16 24 25 26 27 29 30 31';

/**
 * A warm shell, in POSIX sh: dash, bash and busybox ash run it alike. What it is sent is its script, which shells read in blocks, or at least
 * no slower than `read` reads data. For each command that is two calls (see `runSource`): one of `__errand_run`, which runs it in a
 * subshell; and one of `__errand_end`, with the nonce of the end frame, which is parsed only once the subshell is gone. So the command never
 * has what ends it.
 *
 * What begins a command, `NONCE started PID BIRTH` or `NONCE refused WHAT`, is on stdout alone. The end frame is `NONCE end STATUS LEFT` on
 * both streams; for LEFT see `lookScript`. With `held`, for something that may still write or is in this shell's session, the shell is used
 * no more, and ends.
 *
 * Messages of the shell itself, as of a subshell that died by a signal, go nowhere: descriptor 2 is the command's.
 */
const WARM_SHELL_SCRIPT = `
__errand_warm() {
  # A signal for the group reaches the command, and not what waits for it. In a subshell these are back to their defaults.
  for __errand_line in ${SIGNAL_NUMBERS}; do trap : "$__errand_line"; done 2>/dev/null
  exec 9>&2 2>/dev/null
  __errand_birth=0
  if read -r __errand_line </proc/$$/stat; then set -- "$1" \${__errand_line##*) }; __errand_birth=\${21}; __errand_line=$4; __errand_find_reaper "$5"; else __errand_line=$$; fi
  printf '%s hello\\n' "$1" >&9 || exit
  printf '%s hello %s %s %s %s\\n' "$1" "$$" "$__errand_line" "$__errand_birth" "\${BASH_VERSION:+bash}" || exit
}

# nonce of the first frame, 'soon' or nothing, source; and a word behind it, without which it may have been cut off
__errand_run() {
  [ "\${4-}" ] || exit
  __errand_id=$1 __errand_body=$3
  [ "$2" ] || __errand_last_pid
  __errand_first=$__errand_last
  set --
  ( eval "$__errand_body" ) </dev/null 2>&9 9>&-
  __errand_status=$?
}

# nonce
__errand_end() {
  __errand_nonce=$1
  __errand_look
  # stdout may be held back by a reader who lets stderr go on.
  printf '%s end %s %s\\n' "$__errand_nonce" "$__errand_status" "$__errand_left" >&9 || exit
  printf '%s end %s %s\\n' "$__errand_nonce" "$__errand_status" "$__errand_left" || exit
  [ "$__errand_left" != held ] || exit
}
${lookScript({ outputs: [1, 9], isOurs: '[ "$4" = $$ ]', knowsOrigins: true })}
# What follows is for the subshells.
# By its name, as a shell that starts in it finds it in PWD; but beyond a link '..' is not where the name says.
__enter() {
  case $1/ in /*/../* | [!/]*) set -- "$1" -P ;; *) set -- "$1" -L ;; esac
  cd "$2" "$1" 2>/dev/null || { [ -d "$1" ] || __errand_refuse cwd; __errand_refuse cwd-denied; }
}

__errand_refuse() { printf '%s refused %s\\n' "$__errand_id" "$1"; exit 125; }

# what, file
__check() {
  __errand_file=$2
  ${checkStatements('$1').join('\n  ')}
}

# what, name
__search() {
  ${searchStatement('$2')}
  __check "$1" "$__errand_file"
}

# key; where it is to be registered also deadline, grace and inbox
__go() {
  ${markerLine('$__errand_executor.$1')}
  [ ! "\${4-}" ] || { printf 'R %s %s %s %s %s\\n' "$1" "$$" "$__errand_birth" "$2" "$3" >"$4"; } 2>/dev/null || __errand_refuse supervisor
  printf '%s started %s %s\\n' "$__errand_id" "$$" "$__errand_birth" || exit 125
}

# By a function without arguments, so that return ends it. No line is added, so that line numbers are right.
__script() { eval "unset ${names('line birth body last first status nonce left id file rest try executor begun parent reaper session')}; unset -f ${names('warm run end last_pid look holds refuse find_reaper is_new strange is_foreign parent_of shares')} __enter __check __search __go __script; set --;$1"; }
`;

/** No command sees these. */
function names(words: string): string {
  return words.replace(/\w+/g, '__errand_$&');
}

/**
 * What a plain sh is sent first: it becomes `shell` (a file and its options, in words that need no quotes) under the marker by
 * which the supervisor finds it, and says so, with the marker of an execution that the target itself is part of. Nothing more may
 * be written before: a shell may read ahead.
 */
export function becomeSource(nonce: string, shell: string, marker: string): string {
  const outer = `printf '%s up %s\\n' ${nonce} "\${ERRAND_EXECUTION-}"`;
  return `${outer}; ERRAND_EXECUTION="\${ERRAND_EXECUTION:+$ERRAND_EXECUTION:}${marker}"; export ERRAND_EXECUTION; exec ${shell}\n`;
}

export interface ServeParts {
  readonly nonce: string;
  readonly executorMarker: string;
  /** The marker of an execution that the target itself is part of, or nothing. */
  readonly outer: string;
  /** What the shell adds to its environment; see `isPlainEnvironment`. */
  readonly base: Readonly<Record<string, string | undefined>>;
}

/** What that shell is sent then: it begins to read commands once it said hello. Commands get markers of their own. */
export function serveSource({ nonce, executorMarker, outer, base }: ServeParts): string {
  const own = outer === '' ? 'unset ERRAND_EXECUTION' : `ERRAND_EXECUTION=${quote(outer)}`;
  return `${WARM_SHELL_SCRIPT}${[...variablesLines(base), own].join('\n')}; __errand_executor=${executorMarker}; __errand_warm ${nonce}\n`;
}

export interface RunParts {
  /** See `commandSource`. */
  readonly source: string;
  /** Of its first frame, on stdout alone: `started` or `refused`. */
  readonly begin: string;
  /** Of its end frame. */
  readonly end: string;
  /** Whether the last command ended a moment ago. */
  readonly soon: boolean;
}

/** What it is sent for a command. */
export function runSource({ source, begin, end, soon }: RunParts): string {
  return `__errand_run ${begin} ${soon ? 'soon' : "''"} ${quote(source)} whole\n__errand_end ${end}\n`;
}
