/** In a time like this all pids may have been given out, and begun again: a shell cannot tell then what is new. */
export const PID_WRAP_MS = 3_000;

/** What a shell needs to know to tell what a command left. */
export interface LookParts {
  /** The shell's descriptors that a command's output goes to. */
  readonly outputs: readonly [number, number];
  /** Whether a process whose session is $4 keeps the shell from going on, besides one that has an output; as shell source. */
  readonly isOurs?: string;
}

/**
 * In sh: `__errand_last_pid` notes the last pid that was given out, and `__errand_look` looks at what was made since a command began
 * (behind `$__errand_first`) and is made while it looks. It leaves in `$__errand_left` `none`; `some`, when there are such processes that
 * hold no output (a daemon, or a stranger); or `held`, when one holds an output or is ours, or nobody can tell. Beyond 256 it is supposed
 * that one does: to go on with another shell, or other pipes, is cheaper than to look.
 */
export function lookScript({ outputs: [stdout, stderr], isOurs }: LookParts): string {
  return `
# The last pid that was given out; 0 where that cannot be read.
__errand_last_pid() {
  read -r __errand_last __errand_last __errand_last __errand_last __errand_last </proc/loadavg || __errand_last=0
}

__errand_look() {
  __errand_left=held
  __errand_last_pid
  [ "$__errand_first" -gt 0 ] && [ "$__errand_last" -ge "$__errand_first" ] && [ $((__errand_last - __errand_first)) -le 256 ] || return
  __errand_left=none
  while [ "$__errand_first" -lt "$__errand_last" ]; do
    __errand_first=$((__errand_first + 1))
    if read -r __errand_line </proc/$__errand_first/stat; then
      set -- \${__errand_line##*) }
      case $1 in
        Z | X | x) ;;
        *) if ${isOurs === undefined ? '' : `${isOurs} || `}__errand_holds; then __errand_left=held; return; fi; __errand_left=some ;;
      esac
    fi
    [ "$__errand_first" -lt "$__errand_last" ] || __errand_last_pid
  done
}

# Whether that process has an output; of what may not be looked at it is supposed.
__errand_holds() {
  [ -r /proc/$__errand_first/fd ] || { [ -d /proc/$__errand_first ]; return; }
  for __errand_line in /proc/$__errand_first/fd/*; do
    if [ "$__errand_line" -ef /proc/self/fd/${stdout} ] || [ "$__errand_line" -ef /proc/self/fd/${stderr} ]; then return 0; fi
  done
  return 1
}
`;
}
