/** The commands that the supervisor knows. */
export const REGISTRY: string = `
# Input is checked before it is used: a bad number would end the shell.
is_word() { case $1 in '' | *[!A-Za-z0-9_-]*) return 1 ;; esac; }
is_number() { case $1 in '' | *[!0-9]* | 0?* | ????????????????*) return 1 ;; esac; }

# The registry: key,pid,birth,due,grace,seen,after; birth is when it began, or a moment at which it ran (whoever gets its pid later begins
# after either); due is a tick (k: to be killed at, g: never, and
# not at the client's death), grace seconds, seen pid/birth:... of what a signal reached,
# after pid/birth of the checkpoint of a command in a session, whose shell is pid.
get() {
  for entry in $entries; do
    case $entry in "$1",*)
      IFS=,; set -- $entry; IFS=$ifs
      pid=$2 birth=$3 due=$4 grace=$5 seen=$6 after=$7
      return ;;
    esac
  done
  pid= birth= due= grace= seen= after=
  return 1
}

drop() {
  others=
  for entry in $entries; do
    case $entry in "$1",*) ;; *) others="$others $entry" ;; esac
  done
  entries=$others
}

put() { drop "$1"; entries="$entries $1,$pid,$birth,$due,$grace,$seen,$after"; }

enrol() {
  is_word "$a" && is_number "$b" && [ "$b" -gt 1 ] && is_number "$c" && is_number "$e" || return
  pid=$b birth=$c due= grace=$(((e + 999) / 1000)) seen= after=$line
  is_number "\${after%/*}" && is_number "\${after#*/}" || after=
  [ "$birth" != 0 ] || { find_birth "$pid" && birth=$born; }
  # One for the tick under way, and two so that a client that lives comes first, with the signal of its own.
  [ "$d" != g ] || due=g
  is_number "$d" && due=$((now + (d + 3999) / 1000)) && tick
  case " $banned " in
    # It may have run for a moment by now.
    *" $a "*) late="$late $a" due=$now grace=0; put "$a"; end_due ;;
    *) put "$a" ;;
  esac
}

release() {
  drop "$a"
  # What left nothing is forgotten now and then.
  is_word "$a" && [ "$b" = 1 ] || return
  kept="$kept $a" letting=$((letting + 1))
  [ $letting -ge 256 ] || return
  list_carriers
  letting=0 pruned=
  for key in $kept; do
    case "$carriers " in *",$key "*) pruned="$pruned $key" ;; esac
  done
  kept=$pruned
}
`;
