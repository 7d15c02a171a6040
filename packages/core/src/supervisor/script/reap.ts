/** What happens at the client's death. */
export const REAP: string = `
# Ends every tree it knows. Scans go on for 2 s after the last find: orphans show late, and between fork and exec a child
# of a killed client still shows the client's environment.
reap() {
  exec 6<&5 5<&-
  if [ "$fifos" ]; then rm -f "$inbox"; exec 7>&6; else exec 7>/proc/$self/fd/6; fi
  limit= round=0 quiet=0 reached= told=' ' judged=' ' ending=' '
  while [ $quiet -lt 10 ] && [ $round -lt 300 ]; do
    list_reach
    seen=$reached
    gather "$keys"
    reached=$reached$stamps
    if [ $round -ge $limit ]; then strike KILL; else tell_new; fi
    quiet=$((quiet + 1)) round=$((round + 1))
    [ ! "$found" ] || quiet=0
    hear_late
  done
}

# What all entries reach; at first also for how many rounds SIGTERM is given.
list_reach() {
  longest=0 leaders=
  for key in $entries; do
    key=\${key%%,*}
    get "$key"
    [ "$due" != g ] || continue
    reached=$reached$seen
    if leads; then leaders="$leaders g$pid "; fi
    # Judged once: from now on a main process ends because it is told to.
    case $judged in
      *" $key "*) ;;
      *) if is_over; then kept="$kept $key"; else ending="$ending$key "; fi ;;
    esac
    judged="$judged$key "
    [ "$grace" -le "$longest" ] || longest=$grace
  done
  keys=$ending
  [ "$sweep" = 0 ] || keys='*'
  [ "$entries" ] && [ "$longest" -le 5 ] || longest=5
  : "\${limit:=$((longest * 5))}"
}

# A fifth of a second in which launchers that had opened the inbox before it was closed are heard.
hear_late() {
  { nap; echo Y; } >&7 &
  while read -r op a b c d e line; do
    case $op in
      R) enrol; quiet=0 ;;
      Y) return ;;
    esac
  done
}

nap() { sleep 0.2 || sleep 1; }

tell_new() {
  news=
  for pid in $found; do
    case $told in *" $pid "*) ;; *) news="$news $pid" told="$told$pid " ;; esac
  done
  [ ! "$news" ] || kill -TERM $news
}
`;
