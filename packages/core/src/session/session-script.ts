import { quote } from '../command.ts';
import { markerValue } from '../launcher/environment-lines.ts';
import { lookScript } from '../shell/look-script.ts';
import { CHECKPOINT_SCRIPT } from './checkpoint-script.ts';
import { DESCRIPTORS_SCRIPT } from './descriptors-script.ts';
import { SOURCE_END } from './leader-script.ts';

/**
 * Runs one command after the other, in the frame of the caller, which a session never leaves. In bash 'declare' would be local to a
 * function; other shells know none, and there a 'return' at top level leaves nothing but this function.
 */
const LOOP = 'case ${BASH_VERSION-} in ?*) \\eval "$__errand_loop"; \\exit ;; esac; \\eval "$__errand_frames"; \\exit';
/** So many loops are around a function, where 'break' in a function leaves them. */
const DEEP = Array.from({ length: 12 }, (_, i) => i);

/**
 * A session's shell, in POSIX sh: dash, bash and busybox ash run it alike. It reads one command after the other from its stdin and
 * evaluates each in itself, so that whatever a command changes is there for the next one, its jobs included.
 *
 * Before each command it makes a checkpoint: a fork of its own that waits. After the command the checkpoint is killed. When instead
 * the shell dies in the command, be it killed or by an error, its parent wakes the checkpoint: that one, with the state from before,
 * tells how the command ended, waits in turn for a fork of itself, and this fork is the session. An orphan cannot be waited for, so
 * every shell of a session has a parent that does nothing else.
 *
 * Descriptors: 8 and 9 are stdout and stderr of the session, 7 a pipe in which a shell marks that it has a checkpoint, 6 one through
 * which the checkpoint is woken: only the shell's parent keeps it open for writing, so that it ends with that one. The commands have
 * none of them.
 *
 * A command is sent as a line `COUNT NONCE KEY OUTPUT STDIN SEALED`, COUNT lines of source, and, to be read only once it is over, a line
 * with the nonce of its end frame. OUTPUT is the process whose stdout and stderr are the session's from now on, STDIN the one whose
 * stdout is the command's stdin, or `-`. SEALED is `open` where a line behind the source would be part of it. It is answered with
 * `NONCE begin` on stderr, and on stdout `NONCE started SHELL BIRTH CHECKPOINT BIRTH`; at its end with `NONCE end STATUS LEFT HOW` on both.
 * For LEFT see `lookScript`; with `held` the next command gets other pipes. HOW is `done`; `lost`, when the state is that from before it;
 * or `exited`, when the command ended the session.
 */
const SESSION_SCRIPT = `
# How a command ends the session on purpose, told by the shell itself and by none of its subshells.
__errand_exit() {
  set -- "\${1-$?}"
  # By no word that the command may have made a function of.
  if [ /proc/self -ef "/proc/$__errand_self" ]; then
    unset -f command
    command printf 'exit\\n' 2>/dev/null >/proc/$__errand_leader/fd/6
  fi
  exit "$1"
}

# Tells the end of the last command, and takes the next one.
__errand_next() {
  # To bash functions come before special builtins, and TMOUT is how long any 'read' may take.
  case \${BASH_VERSION-} in ?*) builtin unset -f unset set shift eval exec exit export return trap shopt local [ :; local TMOUT= ;; esac
  __errand_flags=$-
  set +aefux
  [ ! "$__errand_traps" ] || exec >/dev/null 2>&1
  __errand_had=\${IFS+x} __errand_ifs=\${IFS-} IFS=' 	
'
  unset -f read printf kill alias
  # By 'set -a' what a command's end sets is exported.
  set -- "$__errand_flags" "$__errand_status"
  unset __errand_flags __errand_status __errand_code
  __errand_flags=$1 __errand_status=$2
  [ ! "$__errand_busy" ] || __errand_over
  __errand_take
}

__errand_restore() {
  case $__errand_had in x) IFS=$__errand_ifs ;; *) unset IFS ;; esac
  # A user may have taken it away.
  alias exit=__errand_exit
  for __errand_x in f u x e a; do ! __errand_flag "$__errand_x" || set "-$__errand_x"; done
}

# Whether the user set that option. By no 'case', to which E is e where bash has 'nocasematch'.
__errand_flag() { [ "\${__errand_flags#*"$1"}" != "$__errand_flags" ]; }

__errand_over() {
  # In this order: as long as it is there, the mark is.
  kill -KILL "$__errand_checkpoint"
  read -r __errand_x __errand_y <&7
  __errand_x=
  case \${BASH_VERSION-} in ?*) __errand_globs ;; esac
  __errand_look
  eval "$__errand_x"
  __errand_end done
}

# In bash options may keep a pattern from standing for what there is; in __errand_x is how they were.
__errand_globs() {
  ! shopt -q failglob || { shopt -u failglob; __errand_x='shopt -s failglob'; }
  [ "\${GLOBIGNORE-}" ] || return 0
  __errand_y=$GLOBIGNORE __errand_x="$__errand_x
GLOBIGNORE=$__errand_y"
  shopt -q dotglob || __errand_x="$__errand_x
shopt -u dotglob"
  GLOBIGNORE=
}

# how
__errand_end() {
  read -r __errand_nonce || exit
  # stdout may be held back by a reader who lets stderr go on.
  printf '%s end %s %s %s\\n' "$__errand_nonce" "$__errand_status" "$__errand_left" "$1" >&9 || exit
  printf '%s end %s %s %s\\n' "$__errand_nonce" "$__errand_status" "$__errand_left" "$1" >&8 || exit
  __errand_busy=
}

__errand_take() {
  # A trap that ran meanwhile, or TMOUT in bash, makes it fail as well; but the end of the input comes again at once.
  __errand_x=0
  until read -r __errand_count __errand_id __errand_key __errand_out __errand_stdin __errand_sealed; do
    [ "$?" -gt 128 ] || [ "$((__errand_x += 1))" -lt 100 ] || exit
  done
  __errand_read
  [ "$__errand_out" = - ] || __errand_turn
  case $__errand_stdin in -) __errand_stdin=/dev/null ;; *) __errand_stdin=/proc/$__errand_stdin/fd/1 ;; esac
  # A last list that is false ends no script by 'set -e', but it would end the shell that evaluates it.
  [ "$__errand_sealed" = open ] || ! __errand_flag e || __errand_body="$__errand_body
__errand_code=\\$?"
  case $__errand_body in *trap*) __errand_traps=1 ;; esac
  case $__errand_wide:$__errand_body in 1:*[1-9][0-9][\\<\\>]*) __errand_high=1 ;; esac
  __errand_await
}

# What is left to do once there is a checkpoint.
__errand_ready() {
  IFS=' ' read -r __errand_x __errand_line </proc/$__errand_checkpoint/stat
  __errand_birth_of "$__errand_line"
  __errand_parked=$__errand_birth
  printf 'k %s\\n' "$__errand_checkpoint" >&7
  export ERRAND_EXECUTION="$__errand_marker.$__errand_key"
  __errand_busy=1 __errand_begun=no
  __errand_last_pid
  __errand_first=$__errand_last
  [ ! "$__errand_high" ] || __errand_occupy
  __errand_before=$__errand_status __errand_status=0
  __errand_restore
}

# $? once more.
__errand_again() { return "$__errand_before"; }

# The lines of a command. In blocks: one by one they would be copied again and again, in quadratic time.
__errand_read() {
  __errand_body= __errand_tenthousand= __errand_hundred=
  while [ "$__errand_count" -gt 0 ]; do
    IFS= read -r __errand_x || exit
    __errand_hundred="$__errand_hundred$__errand_x
"
    __errand_count=$((__errand_count - 1))
    case $__errand_count in *00) __errand_tenthousand=$__errand_tenthousand$__errand_hundred __errand_hundred= ;; esac
    case $__errand_count in *0000) __errand_body=$__errand_body$__errand_tenthousand __errand_tenthousand= ;; esac
  done
  # Without its last newline, before which a backslash would be lost.
  __errand_body=$__errand_body$__errand_tenthousand\${__errand_hundred%?}
  unset __errand_hundred __errand_tenthousand
}

# Told once the command's stdin is open: what is written to it after that may end whoever has the other end. $? is then what the last
# command returned, unless that would end the shell.
__errand_begin() {
  unset __errand_begun
  printf '%s begin\\n' "$__errand_id" >&9 || exit
  printf '%s started %s %s %s %s\\n' "$__errand_id" "$__errand_self" "$__errand_born" "$__errand_checkpoint" "$__errand_birth" >&8 || exit
  # An EXIT trap runs when the redirections of what it ends are gone: in bash by 'set -e', elsewhere always.
  [ ! "$__errand_traps" ] || exec >&8 2>&9
  __errand_flag e || return "$__errand_before"
}

${CHECKPOINT_SCRIPT}${DESCRIPTORS_SCRIPT}${lookScript({ outputs: [8, 9] })}
exec 6</proc/self/fd/6 8>&1 9>&2 >/dev/null 2>&1
# 'break' and 'continue' of a command leave these loops, and no more; 'break 9' leaves both. No alias changes a quoted word. One who
# leaves them all makes the stack grow, and so does each loss: no function is under way where a checkpoint is made, since dash allows
# a thousand in one another.
__errand_loop='
while :; do while :; do
  __errand_next
  # In the middle, so that no shell saves itself one of the forks.
  # It fails, which no trap of ERR should hear.
  __errand_checkpoint=$(:; (__errand_park; (__errand_take_over; ${LOOP}); __errand_outlived "$?"); :) || :
  __errand_ready
  {
    __errand_begin
    \\eval "$__errand_body" >&8 2>&9 6>&- 7>&- 8>&- 9>&-
    __errand_status=\${__errand_code:-$?}
  } <"$__errand_stdin"
  case \${__errand_begun-} in no) \\exit 1 ;; esac
done; done
\\eval "$__errand_loop"'
__errand_main() { eval "$__errand_loop"; }
# To busybox ash the loops around a function count as well.
__errand_break() { break; }
__errand_x=1
[ "\${BASH_VERSION-}" ] || while __errand_x=; do __errand_break; __errand_x=1; break; done
# In dash a descriptor has one digit.
__errand_high= __errand_wide=\${BASH_VERSION:+1}
case $__errand_x in
1) __errand_frames='while :; do __errand_main "$@"; __errand_status=$?; done' ;;
*) __errand_wide=1 __errand_frames='
${DEEP.map(() => 'while :; do').join(' ')} __errand_main "$@"; __errand_status=$?; ${DEEP.map(() => 'done').join('; ')}
\\eval "$__errand_frames"' ;;
esac
__errand_leader=$PPID __errand_busy= __errand_status=0 __errand_traps= __errand_checkpoint=0 __errand_parked=
[ ! "\${BASH_VERSION-}" ] || shopt -s expand_aliases
__errand_identify
read -r __errand_x </proc/$PPID/stat
`;

export interface SessionSourceParts {
  readonly nonce: string;
  /** Begins the line by which the session's end is told; the leader's nonce. */
  readonly gone: string;
  readonly executorMarker: string;
  /** The session's own. */
  readonly marker: string;
  /** The marker of an execution that the target itself is part of, or nothing. */
  readonly outer: string;
}

/** What the session's shell is sent once its leader is up: it begins to read commands once it said `NONCE hello LEADER GROUP BIRTH`. */
export function sessionSource({ nonce, gone, executorMarker, marker, outer }: SessionSourceParts): string {
  return `${SESSION_SCRIPT}
set -- \${__errand_x##*) }
printf '%s hello %s %s %s\\n' ${nonce} "$PPID" "$3" "\${20}" >&8
set --; __errand_gone=${gone} __errand_marker=${quote(markerValue(markerValue(outer, marker), executorMarker))}; ${LOOP}
${SOURCE_END}
`;
}
