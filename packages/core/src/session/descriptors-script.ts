/** What a shell finds in use when it puts descriptors aside; behind them there is room for its own. */
const HIGH = Array.from({ length: 54 }, (_, i) => 10 + i).join(' ');

/**
 * What commands of a session may do with descriptors from 3 on, other than the session's own: functions for `SESSION_SCRIPT`. `__errand_wide`
 * says whether the shell knows any of two digits.
 */
export const DESCRIPTORS_SCRIPT: string = `
# To other pipes, with all that commands have saved of the old ones ('exec 3>&1').
__errand_turn() {
  __errand_y=
  for __errand_x in 3 4 5 \${__errand_wide:+${HIGH}}; do
    if [ "/proc/self/fd/$__errand_x" -ef /proc/self/fd/8 ]; then __errand_y="$__errand_y $__errand_x>&8"; fi
    if [ "/proc/self/fd/$__errand_x" -ef /proc/self/fd/9 ]; then __errand_y="$__errand_y $__errand_x>&9"; fi
  done
  exec 8>/proc/$__errand_out/fd/1 9>/proc/$__errand_out/fd/2
  [ ! "$__errand_y" ] || eval "exec$__errand_y"
}

# A shell puts aside what it redirects from descriptor 10 on, where in bash and busybox ash a command's own 'exec 10<file' would take
# its place. So the shell finds these in use, and the command finds them free.
__errand_occupy() {
  __errand_y=
  for __errand_x in ${HIGH}; do
    [ -e "/proc/self/fd/$__errand_x" ] || { eval "exec $__errand_x</dev/null"; __errand_y="$__errand_y $__errand_x<&-"; }
  done
  __errand_body="\\exec$__errand_y; __errand_again; $__errand_body"
}
`;
