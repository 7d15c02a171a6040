/** What the client asks for: whether a command waits for input. */
export const INPUT_WAIT: string = `
# Whether a process of a tree is in a read of what its main process has as stdin, which then has nothing for it. Told by the number of the
# system call and its first argument (proc_pid_syscall(5)), where this account may see them; nothing is said of other architectures.
input_wait() {
  is_word "$b" && get "$b" && [ ! "$after" ] || return
  case \${reads:=$(uname -m)} in
    x86_64) reads=' 0 19 45 47 ' ;;
    aarch64) reads=' 63 65 207 212 ' ;;
  esac
  leaders=
  if leads; then leaders=" g$pid "; fi
  gather " $b "
  for line in $found; do
    read -r c d e </proc/$line/syscall || continue
    case $reads in *" $c "*) ;; *) continue ;; esac
    case $d in 0x*[!0-9a-f]* | [!0]*) continue ;; esac
    [ "/proc/$line/fd/$((d))" -ef "/proc/$pid/fd/0" ] || continue
    # By a signal, or a debugger: then input would not make it go on.
    read -r c </proc/$line/stat && case \${c##*) } in [Tt]*) continue ;; esac
    set +f
    ! is_given || hit=1
    set -f
    return
  done
}

# Whether the main process has as stdin what it may have been given: a nameless pipe or a socket, and no pipe that is written to by its own
# tree, as by a process substitution. What it put there itself waits for somebody else. To be called where names are expanded.
is_given() {
  case $(readlink "/proc/$pid/fd/0") in pipe:* | socket:*) ;; *) return 1 ;; esac
  for line in $found; do
    for file in /proc/$line/fdinfo/*; do
      [ "/proc/$line/fd/\${file##*/}" -ef "/proc/$pid/fd/0" ] || continue
      # Its mode is the last digit of its flags; 1 is to write only. See proc_pid_fdinfo(5).
      while read -r c d; do
        case $c$d in flags:*1) return 1 ;; esac
      done <"$file"
    done
  done
}
`;
