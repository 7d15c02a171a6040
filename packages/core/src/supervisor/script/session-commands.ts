/** Which processes a command in a session consists of: not its group, which is the session's. */
export const SESSION_COMMANDS: string = `
# Finds the session's shell; what carries the key; what either began since the checkpoint was made; and what else in the session is
# younger than that, unless it comes from something older or carries another command's key. $lone is without the shell.
gather_command() {
  list_processes
  list_carriers
  all=" x1 x$$ x$self x$relay " found= lone= shell= stamps= leaders= session=
  for pair in $carriers; do
    case \${pair#*,} in
      "$1") all="$all m\${pair%,*} " ;;
      session-*) ;;
      *) all="$all o\${pair%,*} " ;;
    esac
  done
  IFS=:; for pair in $seen; do all="$all s$pair "; done; IFS=$ifs
  find_session
  more=1
  while [ "$more" ]; do
    more=
    follow
    find_orphans
  done
}

# The shell by itself, and what in the session is older than the command. Without its checkpoint the command is over, and the shell
# the session's alone.
find_session() {
  IFS=$nl
  for line in $table; do
    IFS=,; set -- $line
    [ "$2/$5" != "$after" ] || session=$4
  done
  IFS=$nl
  [ ! "$session" ] || for line in $table; do
    IFS=,; set -- $line
    [ "$2/$5" != "$pid/$birth" ] || { shell=$2 parent=$3; all="$all f$2 " found=" $2"; }
  done
  IFS=$nl
  for line in $table; do
    IFS=,; set -- $line
    [ "$4" != "$session" ] || [ "$2" = "$shell" ] || is_young "$2" "$5" || all="$all o$2 "
  done
  IFS=$ifs
}

# pid, birth; of two that were born in the same tick the one with the higher pid is younger.
is_young() { [ "$2" -gt "\${after#*/}" ] || { [ "$2" = "\${after#*/}" ] && [ "$1" -gt "\${after%/*}" ]; }; }

follow() {
  on=1
  while [ "$on" ]; do
    on= IFS=$nl
    for line in $table; do
      IFS=,; set -- $line
      case $all in
        *" f$2 "* | *" x$2 "*) ;;
        *" m$2 "* | *" s$2/$5 "*) take "$2" "$5" ;;
        *" o$2 "*) ;;
        *" f$3 "*) if is_young "$2" "$5"; then take "$2" "$5"; fi ;;
        *" o$3 "*) all="$all o$2 " on=1 ;;
      esac
    done
  done
  IFS=$ifs
}

# The command may end at this moment. A shell that is stopped cannot end it any more; one that did is let go on.
end_shell() {
  kill -STOP "$shell"
  # On another processor it runs on for a moment.
  tries=0
  until stands "$shell" || [ $tries -ge 1000 ]; do tries=$((tries + 1)); done
  if has_checkpoint; then
    kill -KILL "$shell"
    # They may have been stopped with it ('kill -STOP 0'): its parent wakes the checkpoint.
    kill -CONT "$parent" "\${after%/*}" "$session"
  else
    kill -CONT "$shell"
    shell=
  fi
}

stands() {
  read -r line <"/proc/$1/stat" || return 0
  case \${line##*) } in [TtZXx]*) ;; *) return 1 ;; esac
}

has_checkpoint() {
  # The end of a command is that the shell kills it: on a busy machine it may be a while until it dies of that.
  while read -r name mask; do
    case $name/\${mask%??} in SigPnd:/*[13579bdf] | ShdPnd:/*[13579bdf]) return 1 ;; esac
  done <"/proc/\${after%/*}/status" || return
  read -r line <"/proc/\${after%/*}/stat" || return
  set -- \${line##*) }
  # Of its flags the third says that it is exiting.
  case $1 in Z | X | x) return 1 ;; esac
  [ $(($7 & 4)) = 0 ] || return
  shift 19
  [ "$1" = "\${after#*/}" ]
}

take() { all="$all f$1 " found="$found $1" lone="$lone $1" stamps="$stamps$1/$2:" on=1; }

# Whose parent is gone.
find_orphans() {
  IFS=$nl
  for line in $table; do
    IFS=,; set -- $line
    [ "$4" = "$session" ] || continue
    case $all in *" f$2 "* | *" x$2 "* | *" o$2 "*) continue ;; esac
    take "$2" "$5"
    more=1
  done
  IFS=$ifs
}
`;
