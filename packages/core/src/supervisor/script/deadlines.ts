/** Time, counted in ticks; there is a ticker only while something needs it. */
export const DEADLINES: string = `
tick() {
  [ ! "$ticker" ] || return 0
  { sleep 1; echo T; } >"$inbox" &
  ticker=$!
}

ticked() {
  wait "$ticker"
  ticker= now=$((now + 1)) idle=$((idle + 1))
  if [ "$life" != 0 ]; then
    [ "$idle" -lt "$life" ] || { echo x; reap; quit; }
    tick
  fi
  end_due
}

# The client is ending the whole tree: it gave the signal, and KILL is all that follows, should the client not come to it.
ending() {
  get "$a" || return
  seen=$seen:
  case $due in
    k*) ;;
    *) due=k$((now + grace + 1)) ;;
  esac
  put "$a"
  tick
}

# At its deadline a tree gets TERM, and KILL after its grace until nothing is left.
end_due() {
  for key in $entries; do
    key=\${key%%,*}
    get "$key"
    case $due in '' | g) continue ;; esac
    tick
    case $due in
      k*) [ "\${due#k}" -le "$now" ] || continue; action=KILL ;;
      *) [ "$due" -le "$now" ] || continue; action=TERM; echo "d $key" ;;
    esac
    [ "$grace" != 0 ] || action=KILL
    leaders= reach=" $key "
    if leads; then leaders=" g$pid "; fi
    if is_over; then reach=' '; fi
    if [ "$after" ]; then gather_command "$key"; else gather "$reach"; fi
    strike "$action"
    [ "$found" ] || { drop "$key"; continue; }
    due=k$((now + 1)) seen=$stamps
    [ "$action" = KILL ] || due=k$((now + grace))
    put "$key"
  done
}
`;
