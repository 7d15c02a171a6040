import { SIGNAL_NUMBERS } from '../shell/warm-shell-script.ts';

/** The line behind what a session's shell is sent first. */
export const SOURCE_END = '.';

/**
 * How a session's shell begins. It is given this as an argument and not its script by stdin, since a bash whose script comes by a
 * descriptor that a command redirects and duplicates (`exec 5<&0`) crashes.
 */
const BEGIN = `__errand_x=
while IFS= read -r __errand_y && [ "$__errand_y" != ${SOURCE_END} ]; do __errand_x="$__errand_x$__errand_y
"; done
eval "$__errand_x"`;

/**
 * What a plain sh is sent first: it becomes a session's leader. It makes two pipes, starts `shell` as its child, and waits. When that
 * shell dies in the middle of a command (its mark is in pipe 7), the command's checkpoint is woken through pipe 6 and is the session
 * from then on, and the leader stays as the head of the process group; otherwise the session is over.
 *
 * When the shell died while no command ran, it says `NONCE gone STATUS` on stderr, with the shell's.
 *
 * It says `NONCE up OUTER` at first, with the marker of an execution that the target itself is part of, or `NONCE none` where the target lacks
 * what sessions need. Nothing more may be written before: a shell may read ahead, but not beyond a command that it has not read whole.
 *
 * @param shell A file and its options, in words that need no quotes.
 * @param marker By which the supervisor finds the session; begins with the executor's.
 */
export function leaderSource(nonce: string, shell: string, marker: string): string {
  const [file] = shell.split(' ');
  return `{
exec 4>&2 2>/dev/null
exec 5<<E 6<<E 7<<E
.
E
.
E
.
E
[ -x ${file} ] || { printf '%s shell\\n' ${nonce}; exit; }
[ -p /proc/self/fd/5 ] && [ -p /proc/self/fd/6 ] && [ -p /proc/self/fd/7 ] || { printf '%s none\\n' ${nonce}; exit; }
exec 5<>/proc/self/fd/5 6<>/proc/self/fd/6 7<>/proc/self/fd/7
# Until the shell is started by no name that may be in its environment.
read -r __errand_x <&5; read -r __errand_x <&6; read -r __errand_x <&7
for __errand_x in ${SIGNAL_NUMBERS}; do trap hit=1 "$__errand_x"; done
printf '%s up %s\\n' ${nonce} "\${ERRAND_EXECUTION-}"
ERRAND_EXECUTION="\${ERRAND_EXECUTION:+$ERRAND_EXECUTION:}${marker}"; export ERRAND_EXECUTION
# In a subshell, since dash redirects in itself, and then says there how the shell was killed.
(exec ${shell} -c '${BEGIN}' ${file} 2>&4 4>&- 5<&-)
status=$?
read -r self x </proc/self/stat
# Whether any shell of the session is left: nobody else has this pipe. What was signalled with the leader may be about to die.
# One of them forks the next, and may end between a look at the list and one at itself: there is none once nothing new is in the list.
others() {
  [ ! "$hit" ] || { hit=; sleep 0.2 || sleep 1; }
  seen=" /proc/$self/fd/7 " new=1
  while [ "$new" ]; do
    new=
    for file in /proc/[0-9]*/fd/7; do
      case $seen in *" $file "*) continue ;; esac
      new=1 seen="$seen$file "
      [ ! "$file" -ef /proc/self/fd/7 ] || return 0
    done
  done
  return 1
}
echo >&7; read -r mark checkpoint <&7
[ "$mark" = k ] || { printf '%s gone %s\\n' ${nonce} "$status" >&4; exit; }
read -r x <&7
others || exit
printf 'dead %s\\n' "$status" >&6
# From now on the session's shell has another parent.
exec 6</proc/self/fd/6
# Only a signal ends the read.
while others; do read -r x <&5; done
exit
}
`;
}
