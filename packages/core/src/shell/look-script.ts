/** In a time like this all pids may have been given out, and begun again: a shell cannot tell then what is new. */
export const PID_WRAP_MS = 3_000;

/** What a shell needs to know to tell what a command left. */
export interface LookParts {
  /** The shell's descriptors that a command's output goes to. */
  readonly outputs: readonly [number, number];
  /** Whether a process whose session is $4 keeps the shell from going on, besides one that has an output; as shell source. */
  readonly isOurs?: string;
  /**
   * Whether the shell that looks has every command as a child of its own, and called `__errand_find_reaper` at its start. Then a stranger is
   * known by where it comes from, also where it may not be looked at.
   */
  readonly knowsOrigins?: boolean;
}

/**
 * In sh: `__errand_last_pid` notes the last pid that was given out, and `__errand_look` looks at what was made since a command began
 * (behind `$__errand_first`) and is made while it looks. It leaves in `$__errand_left` `none`; `some`, when there are such processes that
 * hold no output (a daemon, or a stranger of unknown origin); or `held`, when one holds an output or is ours, or nobody can tell. Beyond 256 it is supposed
 * that one does: to go on with another shell, or other pipes, is cheaper than to look.
 */
export function lookScript({ outputs: [stdout, stderr], isOurs, knowsOrigins = false }: LookParts): string {
  return `${knowsOrigins ? ORIGINS : ''}
# The last pid that was given out; 0 where that cannot be read.
__errand_last_pid() {
  read -r __errand_last __errand_last __errand_last __errand_last __errand_last </proc/loadavg || __errand_last=0
}

__errand_look() {
  __errand_left=held __errand_begun=$__errand_first
  __errand_last_pid
  [ "$__errand_first" -gt 0 ] && [ "$__errand_last" -ge "$__errand_first" ] && [ $((__errand_last - __errand_first)) -le 256 ] || return
  __errand_left=none
  while [ "$__errand_first" -lt "$__errand_last" ]; do
    __errand_first=$((__errand_first + 1))
    if read -r __errand_line </proc/$__errand_first/stat; then
      set -- \${__errand_line##*) }
      case $1 in
        Z | X | x) ;;
        *)
          if ${isOurs === undefined ? '' : `${isOurs} || `}__errand_holds "$2" "$4" "\${20}"; then __errand_left=held; return; fi
          ${knowsOrigins ? '__errand_strange "$2" "$4" "${20}" || ' : ''}__errand_left=some
          ;;
      esac
    fi
    [ "$__errand_first" -lt "$__errand_last" ] || __errand_last_pid
  done
}

# Whether that process, with parent $1, session $2 and start time $3, has an output; of what may not be looked at ${knowsOrigins ? 'and may come from a command ' : ''}it is supposed.
__errand_holds() {
  [ -r /proc/$__errand_first/fd ] || { [ -d /proc/$__errand_first ]${knowsOrigins ? ' && ! __errand_strange "$@"' : ''}; return; }
  for __errand_line in /proc/$__errand_first/fd/*; do
    if [ "$__errand_line" -ef /proc/self/fd/${stdout} ] || [ "$__errand_line" -ef /proc/self/fd/${stderr} ]; then return 0; fi
  done
  return 1
}
`;
}

/**
 * A process is of a command only if its session is this shell's or has begun since the command did, and if its ancestors lead to this shell
 * or, where one of them is gone, to whoever adopts what this shell's orphans are. All others are somebody else's, such as what sshd makes
 * for other channels and connections: it may not be looked at, as a set-user-ID program of the command's may not.
 */
const ORIGINS = `
# the shell's session
__errand_find_reaper() {
  __errand_session=$1
  # It waits until what made it is gone, and tells whose child it is then.
  __errand_reaper=$(
    (
      read -r __errand_id __errand_line </proc/self/stat
      {
        __errand_try=$__errand_id
        while [ "$__errand_try" = "$__errand_id" ]; do read -r __errand_line </proc/self/stat || exit; set -- \${__errand_line##*) }; __errand_try=$2; done
        echo "$__errand_try"
      } &
    )
  )
  : "\${__errand_reaper:=1}"
}

__errand_is_new() { [ "$1" -gt "$__errand_begun" ] && [ "$1" -le "$__errand_last" ]; }

# Whether a process with this parent, session and start time is certainly of no command.
__errand_strange() {
  [ "$3" -ge "$__errand_birth" ] || return 0
  [ "$2" != "$__errand_session" ] || return
  __errand_is_new "$2" || return 0
  # Where it is gone, somebody else adopts.
  [ -d /proc/$__errand_reaper ] || return
  while :; do
    case $1 in $$ | 1 | "$__errand_reaper") return 1 ;; esac
    __errand_is_new "$1" || return 0
    read -r __errand_line </proc/$1/stat || return 1
    set -- \${__errand_line##*) }
    shift
  done
}
`;
