import { SIGNAL_NUMBERS } from '../shell/warm-shell-script.ts';

/** How a session's shell parks a fork of itself before a command, and how that one takes over: functions for `SESSION_SCRIPT`, which says why. */
export const CHECKPOINT_SCRIPT: string = `
# The start time in a line of /proc/PID/stat.
__errand_birth_of() {
  set -- \${1##*) }
  __errand_birth=\${20}
}

__errand_identify() {
  IFS=' ' read -r __errand_self __errand_line </proc/self/stat
  __errand_birth_of "$__errand_line"
  __errand_born=$__errand_birth
}

# The checkpoint waits until it is woken, if ever. What forked it is ended by it, so that it is no child of the shell: 'wait' and
# 'jobs' know nothing of it.
__errand_park() {
  # What a command sends to its whole group, by 'kill 0', is not for the checkpoint.
  trap '' ${SIGNAL_NUMBERS}
  IFS=' ' read -r __errand_checkpoint __errand_x __errand_x __errand_parent __errand_x </proc/self/stat
  # Nobody else has this pipe: were what forked it dead already, its parent would be somebody else's.
  [ "/proc/$__errand_parent/fd/1" -ef /proc/self/fd/1 ] || exit
  printf %s "$__errand_checkpoint"
  exec >/dev/null 6</proc/self/fd/6
  kill -KILL "$__errand_parent"
  __errand_how=lost __errand_left=held
  __errand_x=
  # 'exit' is told again by one in the EXIT trap.
  while [ "$__errand_x" != dead ]; do
    # It ends when the shell's parent is gone, without which nobody would tell; TMOUT of bash is no end.
    __errand_line=
    until IFS= read -r __errand_y <&6; do
      [ "$?" -gt 128 ] || { kill -KILL "$__errand_leader"; exit; }
      # It may come in the middle of a line.
      __errand_line=$__errand_line$__errand_y
    done
    __errand_line=$__errand_line$__errand_y
    __errand_x=\${__errand_line%% *} __errand_status=\${__errand_line#* }
    [ "$__errand_x" != exit ] || __errand_how=exited
  done
  exec 6<>/proc/self/fd/6
  # As by 'exec', which is no error.
  [ "$__errand_status" != 0 ] || __errand_how=exited
  [ "$__errand_how" != exited ] || { __errand_end exited; kill -KILL "$__errand_leader"; exit; }
}

# The fork of the checkpoint that is the session from now on.
__errand_take_over() {
  exec 6</proc/self/fd/6
  trap - ${SIGNAL_NUMBERS}
  # It has killed none.
  __errand_traps= __errand_parked=
  __errand_identify
  __errand_end lost
  __errand_restore
}

# Its parent, once it has ended with that status.
__errand_outlived() {
  printf '\\n' >&7
  read -r __errand_y __errand_checkpoint <&7
  if [ "$__errand_y" = k ]; then
    read -r __errand_y <&7
    ! __errand_lives || { printf 'dead %s\\n' "$1" >&6; exit; }
  else
    printf '%s gone %s\\n' "$__errand_gone" "$1" >&9
  fi
  kill -KILL "$__errand_leader"
  exit
}

# Nobody may wait for an orphan that ended: it is a zombie then, and can be signalled.
__errand_lives() {
  read -r __errand_y </proc/$__errand_checkpoint/stat || return
  case \${__errand_y##*) } in [ZXx]*) return 1 ;; esac
}

# Until the checkpoint that was killed last is gone. On a busy machine it may still have to wake up to die, and would take one byte
# with it of what is to wake the next one. Not for ever: 'kill' may be a function that nobody can unset.
__errand_await() {
  __errand_x=0
  while [ "$((__errand_x += 1))" -lt 100000 ] && __errand_lives; do
    __errand_birth_of "$__errand_y"
    [ "$__errand_birth" = "$__errand_parked" ] || return 0
  done
}
`;
