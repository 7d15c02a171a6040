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

# Names that not every shell knows. The number is Linux's.
spell() {
  c=\${c#SIG}
  case $c in
    IOT) c=ABRT ;;
    POLL) c=IO ;;
    STKFLT) [ ! -r /proc/self/stat ] || c=16 ;;
  esac
}

# A name that is unknown all the same is told of a group (2); a tree that is being ended gets KILL after its grace.
signal() {
  is_word "$b" && is_word "$c" || return
  spell
  get "$b"
  if [ "$after" ]; then
    gather_command "$b"
    if [ "$d" = group ]; then
      [ ! "$lone" ] || if kill "-$c" $lone; then hit=1; elif kill -0 $lone; then hit=2; fi
    else
      [ ! "$found" ] || hit=1
      strike "$c"
      seen=$stamps
      put "$b"
    fi
    return
  fi
  leaders=
  if [ "$pid" ] && leads; then leaders=" g$pid "; fi
  if [ "$d" = group ]; then
    [ "$leaders" ] && kill -0 "-$pid" || return
    list_processes
    # In any case, since one that forks at this moment may have been missed.
    if kill "-$c" "-$pid"; then found=1; elif kill -0 "-$pid"; then found=2; else found=0; fi
    case $nl$table in *"$nl$pid,"*) hit=$found ;; esac
  elif [ "$d" = session ]; then
    [ "$leaders" ] || return
    gather_session
    [ ! "$found" ] || hit=1
    strike "$c"
  else
    gather " $b "
    [ ! "$found" ] || hit=1
    strike "$c"
    [ ! "$pid" ] || { seen=$stamps; put "$b"; }
  fi
}
`;
