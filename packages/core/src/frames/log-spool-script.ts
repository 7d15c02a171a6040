import { BLOCK_BYTES } from './log-line.ts';

/** Part of `LOG_SCRIPT`: output that goes into files, how it is read from there, and for how long who reads it is waited for. */
export const LOG_SPOOL_SCRIPT: string = `
# What is read of a spool, till its pump is gone and there is no more. dd leaves the file where it ended.
give_spool() {
  exec 7<"$d/$1.spool"
  dd bs=1 skip="$2" count=0 <&7
  while :; do
    is_last=
    [ ! -e "$d/$1.done" ] || is_last=1
    dd bs=${BLOCK_BYTES} <&7 || exit
    [ ! "$is_last" ] || return 0
    nap 0.1
  done
}

# o, e
read_spools() {
  look_at self
  : >"$d/reader.$session"
  until [ -e "$d/o.spool" ] && [ -e "$d/e.spool" ]; do nap 0.02; done
  { give_spool o "$1"; } >&3 3>&- 6>&- &
  { give_spool e "$2"; } >&6 3>&- 6>&-
  wait
}

# Till all was taken, and by whoever reads: for as long as somebody does, and for half a minute in which nobody does.
await_reader() {
  read_clock
  how= patience=3000 last_at=$((now + 48000))
  read -r how <"$d/how"
  # A pod that is taken away is ended in spite of it.
  [ "$how" != removed ] || patience=100 last_at=$((now + 100))
  give_up_at=$((now + patience))
  until [ $now -gt $give_up_at ] || [ $now -gt $last_at ]; do
    is_read=
    for file in "$d"/reader.*; do
      session=\${file##*.}
      if [ -e "/proc/$session/stat" ]; then is_read=1 give_up_at=$((now + patience)); fi
    done
    [ "$is_read" ] || [ ! -e "$d/taken" ] || return
    nap 0.05
    read_clock
  done
}

# What whoever did not read it needs to know.
tell_ends() {
  read -r words <"$d/words" || return
  for stream in o e; do
    read -r at <"$d/$stream.at"
    set -f
    if command -v base64 >/dev/null; then set -- '' $(printf '%s\\n' "$words" | base64); else set -- x $(printf '%s\\n' "$words" | od -An -v -tx1); fi
    hex=$1
    shift
    IFS=
    text=$*
    IFS=$ifs
    printf '%s %s%s %s.1 %s\\n' "$nonce" "$hex" "$stream" $((at - \${#words} - 1)) "$text" >&3
  done
}

# wc reads all of it, in busybox.
size_of() {
  set -- $(ls -ln "$1")
  size=\${5:-0}
}

# What is beyond its bound is counted.
pump_spool() {
  if [ $at -ge $spool ]; then
    rest=$(dd bs=${BLOCK_BYTES} | wc -c)
    at=$((at + rest))
    return 1
  fi
  last=$at
  dd bs=${BLOCK_BYTES} count=256 >>"$d/$stream.spool"
  size_of "$d/$stream.spool"
  at=$size
  [ $at -gt $last ]
}
`;
