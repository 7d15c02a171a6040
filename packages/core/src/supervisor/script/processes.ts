/** Which processes a command consists of, and signalling them. */
export const PROCESSES: string = `
# Whether the entry's group is still its own. Its number is not used again while a process is in it. A command in a session has none.
leads() { [ ! "$after" ] || return;  [ "$birth" = 0 ] || ! find_birth "$pid" || [ "$born" -le "$birth" ]; }

# Whether the main process ended and its tree was never signalled: what it left in sessions of its own is not the command's any more.
is_over() {
  [ ! "$seen" ] || return
  if [ -r /proc/self/stat ]; then
    ! find_birth "$pid" || [ "$born" -gt "$birth" ]
  else
    ! kill -0 "$pid"
  fi
}

find_birth() {
  read -r line </proc/$1/stat || return
  set -- \${line##*) }
  shift 19
  born=$1
}

# Living processes as lines of group,pid,parent,session,birth. The name in a stat line may hold anything. Read by cat,
# because GNU sed gives up at a file that ends to be readable, as that of a process which ends after it was opened.
list_processes() {
  if [ -r /proc/self/stat ]; then
    table=$(set +f; cat /proc/[0-9]*/stat | sed -nE 's/^([0-9]+) \\(.*\\) [^ZXx] ([0-9]+) ([0-9]+) ([0-9]+) ([-0-9]+ ){15}([0-9]+).*/\\3,\\1,\\2,\\4,\\6/p')
  else
    table=$(ps -A -o pid= -o ppid= -o pgid= -o stat= | sed -nE 's/^ *([0-9]+) +([0-9]+) +([0-9]+) +[^Z].*/\\3,\\1,\\2,0,0/p')
    # Linux's own ps needs /proc too: of groups it is known all the same whether there is anything.
    [ "$table" ] || for leader in $leaders; do
      leader=\${leader#g}
      ! kill -0 "-$leader" || table="$table\${table:+$nl}$leader,$leader,0,$leader,0"
    done
  fi
}

# Processes whose environment carries this executor's marker, as pid,key ...; or that of a detached execution, which is nobody's.
list_carriers() {
  carriers=
  for line in $(set +f; scan_environments); do
    pair=\${line#/proc/}
    carriers="$carriers \${pair%%/*},\${pair##*.}"
    # What a command of a session began is the session's as well.
    case $pair in
      *.session-*:*) line=\${pair##*.session-} carriers="$carriers \${pair%%/*},session-\${line%%:*}" ;;
    esac
  done
}

scan_environments() {
  pattern="^ERRAND_EXECUTION=(.*:)?($marker|errand)\\\\.[A-Za-z0-9_-]+"
  if printf 'a\\0b' | grep -qzx b; then
    grep -HoszE "$pattern" /proc/[0-9]*/environ | tr '\\0' '\\n'
  else
    for file in /proc/[0-9]*/environ; do
      tr '\\0' '\\n' <"$file" | grep -oE "$pattern" | sed "s|^|$file:|"
    done
  fi
}

# Finds the trees of $leaders, of the processes in $seen, and of those that carry one of the keys ('*': any not kept).
gather() {
  list_processes
  list_carriers
  all=" x1 x$$ x$self x$relay $leaders"
  for pair in $carriers; do
    case $1/\${pair#*,} in '*/detached-'*) continue ;; esac
    case $1/$kept' ' in
      '*/'*" \${pair#*,} "*) ;;
      '*/'* | *" \${pair#*,} "*/*) all="$all m\${pair%,*} " ;;
    esac
  done
  IFS=:; for pair in $seen; do all="$all s$pair "; done
  found= lone= shell= stamps= more=1
  while [ "$more" ]; do
    more= IFS=$nl
    for line in $table; do
      IFS=,; set -- $line
      case $all in *" f$2 "* | *" x$2 "*) continue ;; esac
      case $all in
        *" g$1 "*) ;;
        *" g$4 "* | *" m$2 "* | *" f$3 "* | *" s$2/$5 "*) lone="$lone $2" ;;
        *) continue ;;
      esac
      all="$all f$2 " found="$found $2" stamps="$stamps$2/$5:" more=1
    done
  done
  IFS=$ifs
}

# Finds all that is in the session of $pid, in whatever group.
gather_session() {
  list_processes
  found= lone= shell=
  IFS=$nl
  for line in $table; do
    IFS=,; set -- $line
    case $pid in
      "$1") found="$found $2" ;;
      "$4") found="$found $2" lone="$lone $2" ;;
    esac
  done
  IFS=$ifs
}

# Signals what was gathered, each process once; a group in one call, so that it cannot fork away. A session's shell would go on with
# its script once a signal was handled, so it gets KILL, and first.
strike() {
  [ ! "$shell" ] || [ "$1" = 0 ] || end_shell
  targets=$lone
  for leader in $leaders; do targets="-\${leader#g} $targets"; done
  [ ! "$targets" ] || kill "-$1" $targets
}
`;
