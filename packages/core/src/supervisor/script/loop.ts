/** How the supervisor starts, and the one loop that hears everything: the client through a relay, launchers, ticks. */
export const LOOP: string = `
# marker, seconds of silence that end the lifeline (0: no heartbeats), whether to end what never registered, nonce
__errand_supervise() {
  trap '' HUP INT QUIT TERM PIPE
  marker=$1 life=$2 sweep=$3 hello=$4 inbox= fifos=
  LC_ALL=C; export LC_ALL
  cd / && set -f
  exec 3<&0 4>&1 </dev/null >/dev/null 2>&1
  if [ -r /proc/self/stat ]; then
    read_uptime
    began=$uptime
    relay | serve &
    exec 3<&- 4>&-
    wait
  else
    fifos=$(mktemp -d "\${TMPDIR:-/tmp}/errand.XXXXXX") && inbox=$fifos/in || exit
    # With -m it needs a /proc of its own.
    (umask 077; mkfifo "$inbox") || { rm -rf "$fifos"; exit; }
    relay >"$inbox" &
    serve <>"$inbox" &
    exec 3<&- 4>&-
    wait
    rm -rf "$fifos"
  fi
}

# By exec, because a shell keeps a copy of what it redirects for a function: the client would not see the loop's end.
relay() {
  exec <&3 3<&- 4>&-
  self=0
  [ "$inbox" ] || read -r self line </proc/self/stat
  echo "P $self"
  while read -r line; do echo "$line" || exit; done
  echo Z
}

# The pipe has a number of its own: 0 is something else while a stat file is read.
serve() {
  exec 5<&0 >&4 3<&- 4>&-
  ifs=$IFS nl='
'
  self=0 relay=0 born=0 who=0 clock=none boot=
  if [ ! "$inbox" ]; then
    read -r self line </proc/self/stat
    find_birth "$self"
    inbox=/proc/$self/fd/5
    introduce
    read -r boot </proc/sys/kernel/random/boot_id
  fi
  now=0 idle=0 ticker= entries= banned= late= kept= letting=0 reads=
  echo "$hello hello \${boot:--} $who $clock $inbox"
  [ "$life" = 0 ] || tick
  # Without its relay it would be deaf: the pipe then ends, at the latest between two ticks.
  while read -r op a b c d e line; do
    hit=0
    case $op in
      R) enrol ;;
      U) release ;;
      E) ending ;;
      S) signal; echo "s $a $hit" ;;
      A) give_up; echo "s $a $hit" ;;
      W) input_wait; echo "s $a $hit" ;;
      H) idle=0 ;;
      T) ticked ;;
      P) [ "$relay" = 0 ] && is_number "$a" && relay=$a ;;
      Q) quit ;;
      # Without its shell the input ends as well, and the client will start another supervisor.
      Z) if kill -0 $$; then reap; fi; quit ;;
    esac
  done <&5
}

# What tells this process from whoever gets its pid later: a name, which is read in less time than a start time. And whether uptime is counted
# as start times are: where a container is shown an uptime of its own, this process did not begin between the two looks at it.
introduce() {
  who=$born clock=stat
  name=errand-\${hello%????????????????????????}
  echo "$name" >/proc/self/comm
  read -r line </proc/self/comm && [ "$line" = "$name" ] && who=$name
  read_uptime
  is_number "$began" && is_number "$uptime" || return
  [ "$began" -le "$born" ] && [ "$born" -le "$uptime" ] && [ "$uptime" -le $((began + 100)) ] && clock=uptime
}

# In hundredths of a second.
read_uptime() { uptime=; read -r line name </proc/uptime && uptime=\${line%.*}\${line#*.}; }

quit() { [ "$relay" = 0 ] || kill -KILL "$relay"; exit; }
`;
