/** What the client asks for: signals, and giving up a start. */
export const SIGNALS: string = `
# A start that nobody waits for: ended if it registered, or if it still does. Asked again it tells whether it did since.
give_up() {
  is_word "$b" || return
  case " $late " in *" $b "*) hit=1; return ;; esac
  if get "$b"; then
    hit=1 due=$now
    put "$b"
    end_due
  else
    set -- $banned "$b"
    [ $# -le 256 ] || shift
    banned=$*
    set -- $late
    [ $# -le 256 ] || shift
    late=$*
  fi
}

signal() {
  is_word "$b" && is_word "$c" || return
  get "$b"
  leaders=
  if [ "$pid" ] && leads; then leaders=" g$pid "; fi
  if [ "$d" = group ]; then
    [ "$leaders" ] && kill -0 "-$pid" || return
    list_processes
    case $nl$table in *"$nl$pid,"*) hit=1; kill "-\${c#SIG}" "-$pid" ;; esac
  else
    gather " $b "
    [ ! "$found" ] || hit=1
    strike "\${c#SIG}"
    [ ! "$pid" ] || { seen=$stamps; put "$b"; }
  fi
}
`;
