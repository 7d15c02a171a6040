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
    # Most are over by now: to find that out by opening a file costs more.
    if [ ! -d /proc/$__errand_first ]; then :; ${knowsOrigins ? `elif __errand_is_foreign; then if __errand_shares; then __errand_left=held; return; fi; ` : ''}elif read -r __errand_line </proc/$__errand_first/stat; then
      set -- \${__errand_line##*) }
      case $1 in
        Z | X | x) ;;
        *)
          if ${isOurs === undefined ? '' : `${isOurs} || `}__errand_holds "$4" "\${20}"; then __errand_left=held; return; fi
          ${knowsOrigins ? '__errand_strange "$4" "${20}" || ' : ''}__errand_left=some
          ;;
      esac
    fi
    [ "$__errand_first" -lt "$__errand_last" ] || __errand_last_pid
  done
}

# Whether that process, with session $1 and start time $2, has an output; of what may not be looked at ${knowsOrigins ? 'and may come from a command ' : ''}it is supposed.
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
 * A process is of a command only if its ancestors lead to this shell or, where one of them is gone, to whoever adopts what this shell's
 * orphans are; and if its session is this shell's or has begun since the command did. All others are somebody else's, such as commands of
 * other warm shells, and what sshd makes for other channels and connections: that may not be looked at, as a set-user-ID program of the
 * command's may not.
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

# Whether a process with this session and start time is certainly of no command.
__errand_strange() {
  [ "$2" -ge "$__errand_birth" ] || return 0
  [ "$1" != "$__errand_session" ] && ! __errand_is_new "$1"
}

# Whether that process has ancestors that are certainly no command's; of what is over, no.
__errand_is_foreign() {
  # Where it is gone, somebody else adopts.
  [ -d /proc/$__errand_reaper ] && __errand_parent_of $__errand_first || return
  while :; do
    case $__errand_parent in $$ | 1 | "$__errand_reaper") return 1 ;; esac
    __errand_is_new "$__errand_parent" || return 0
    __errand_parent_of "$__errand_parent" || return
  done
}

# By a file of which it comes early: a shell reads byte by byte.
__errand_parent_of() {
  while read -r __errand_line __errand_parent __errand_rest; do
    case $__errand_line in PPid:) return ;; esac
  done </proc/$1/status
  return 1
}

# Whether one that is not a command's was handed an output all the same, in the place of its own.
__errand_shares() { [ /proc/$__errand_first/fd/1 -ef /proc/self/fd/1 ] || [ /proc/$__errand_first/fd/2 -ef /proc/self/fd/9 ]; }
`;
