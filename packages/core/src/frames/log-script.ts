import { LOG_INPUT_SCRIPT } from './log-input-script.ts';
import { BLOCK_BYTES, LINE_BYTES, LINES_A_BLOCK } from './log-line.ts';
import { LOG_SPOOL_SCRIPT } from './log-spool-script.ts';

const LINE_CHARACTERS = (LINE_BYTES / 3) * 4;

/** The k-th line of a block begins with its place in it: that of the block, and k. */
const LABELS = Array.from({ length: LINES_A_BLOCK }, (_, k) => `${k + 1}s/^/$label.${k + 1} /`).join(';');

/**
 * What runs one command where its output goes into a log, in POSIX sh (dash, bash, busybox ash). It needs `setsid`, `dd`, and `base64` or `od`; with
 * `sed` it is some ten times as fast.
 *
 * - `sh run IN OUT` runs it. IN holds what `logFiles` makes, and OUT is a directory of this run's own.
 * - `sh run IN OUT end cancelled|removed` ends it: first killSignal, or SIGTERM where it is removed, then after the grace SIGKILL to everything.
 * - `sh run IN OUT signal NAME` sends a signal to its process group.
 * - `sh run IN OUT input` takes the command's stdin from its own, where `logFiles` was told that it is fed, and exits with 0 once it has all of it: till then the
 *   command waits, at most for as long as it may run. It may be begun as often as it takes.
 *
 * - `sh run IN OUT read O E` gives what the command writes, stdout on stdout and stderr on stderr, from these bytes on, where `logFiles` was told to spool; it ends with that.
 * - `sh run IN OUT taken` says that all of that was taken.
 *
 * Where it spools, the output goes into files of OUT, each stream of which keeps so many bytes at most and counts the rest; once the command is over what ran it waits for a reader, as long as there is one, and
 * else for half a minute. Then the log tells how much there was of each stream, and its end. It needs `wc` and `ls` for that.
 *
 * Each stream has a pump of its own, which writes it as lines (see `LogReader`), stdout's on stdout and stderr's on stderr: longer than what
 * a pipe takes as one, no other line may come between. How the command ended is written into both pipes behind its output, so that nobody
 * has to know whether a pump has passed on everything, nor to wait for whoever holds the pipe still.
 *
 * No signal asks for anything: a shell acts on one only while it waits for something in its background, where SIGINT is ignored for good.
 *
 * Everything is, as the first process of a container, all that is in it but is not in its own group; else what is in the command's session, or carries its
 * marker.
 */
export const LOG_SCRIPT: string = `
__errand_exported=$(export -p) __errand_umask=$(umask)
umask 077
in=$1 d=$2 ifs=$IFS nl='
'
. "$in/settings" || exit
exec 3>&1 6>&2 2>/dev/null

refuse() { printf '%s refused %s\\n' "$nonce" "$1" >&3; exit 0; }
nap() { sleep "$1" || sleep 1; }
${LOG_INPUT_SCRIPT}${LOG_SPOOL_SCRIPT}
# What a shell traps, what it starts does not: a command may send a signal to all that there is.
be_deaf() { trap : TERM HUP INT QUIT USR1 USR2; }

# pid, state, parent, group and session of a process, in $pid and $1 ...
look_at() {
  read -r line <"/proc/$1/stat" || return
  pid=\${line%% *}
  set -- \${line##*) }
  state=$1 parent=$2 its_group=$3 session=$4
}

# Only one who asks has it. Who came from outside to end the command is not its own.
claim() {
  look_at self
  ( set -C; echo "$session" >"$d/ender" )
}

# how, signal
end_tree() {
  [ -e "$d/exit" ] || [ -s "$d/how" ] || echo "$1" >"$d/how"
  claim || return
  until [ -s "$d/main" ]; do
    [ ! -e "$d/over" ] || return
    nap 0.02
  done
  end_all "$2"
}

# Sends this signal once, if any, and SIGKILL after the grace, till nothing is left.
end_all() {
  action=$1
  read_clock
  kill_at=$((now + grace / 10))
  until find_all; [ ! "$found" ] || [ $now -gt $((kill_at + 500)) ]; do
    [ $now -lt $kill_at ] || action=KILL
    [ ! "$action" ] || kill "-$action" $found
    action=
    nap 0.05
    read_clock
  done
}

# Hundredths of a second, in $now.
read_clock() {
  read -r now line </proc/uptime
  now=\${now%.*}\${now#*.}
}

# All that is the command's and lives, in $found.
find_all() {
  found=
  [ "$main" ] || read -r main line <"$d/main"
  if [ "$root" = 1 ]; then outside=; read -r outside <"$d/ender"; else list_carriers; fi
  for file in /proc/[0-9]*/stat; do
    file=\${file%/stat}
    look_at "\${file#/proc/}" || continue
    case $state in [ZXx]) continue ;; esac
    if [ "$root" = 1 ]; then
      # What was put into the container from outside has no parent in it.
      [ "$its_group" != "$group" ] && [ "$parent" != 0 ] && [ "$pid" != 1 ] && [ "$session" != "$outside" ] && [ ! -e "$d/reader.$session" ] || continue
    else
      case $session/$carriers in "$main/"* | */*" $pid "*) ;; *) continue ;; esac
    fi
    found="$found $pid"
  done
}

# Who has the marker in its environment. Shells read byte by byte what grep takes at once.
list_carriers() {
  carriers=
  if command -v grep >/dev/null; then
    for file in $(grep -ls -- "$key" /proc/[0-9]*/environ); do carry; done
    return
  fi
  for file in /proc/[0-9]*/environ; do
    while read -r line || [ "$line" ]; do
      case $line in *"$key"*) carry; break ;; esac
    done <"$file"
  done
}

carry() { file=\${file%/environ} carriers="$carriers \${file#/proc/} "; }

# How often the kernel ended something in this container for want of memory.
count_ooms() {
  ooms=0
  for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
    while read -r name value; do
      [ "$name" != oom_kill ] || ooms=$value
    done <"$file"
  done
}

# Its time is that for which the command runs.
time_out() {
  until [ -s "$d/main" ]; do
    [ ! -e "$d/over" ] || exit
    nap 0.02
  done
  trap 'kill "$sleeping"; exit' TERM
  sleep "$timeout" &
  sleeping=$!
  wait "$sleeping"
  trap '' TERM
  [ ! -e "$d/exit" ] || exit
  end_tree timed-out "$first"
}

# The command in a session of its own, and what comes after it. Descriptor 3 is the log, 4 and 5 are the pipes to the pumps.
run() {
  be_deaf
  count_ooms
  before=$ooms timer=
  if [ "$timeout" ]; then ( exec >/dev/null 3>&- 4>&- 5>&-; time_out ) & timer=$!; fi
  # A shell says on stderr of what signal its child died, and of an exit code it says nothing.
  { ( be_command ); code=$?; } 2>"$d/said"
  times >"$d/times"
  # A pump that died is no reason to leave the rest running.
  trap '' PIPE TERM
  [ ! "$timer" ] || kill -TERM "$timer"
  [ -s "$d/main" ] || { : >"$d/over"; return; }
  signaled=0
  [ ! -s "$d/said" ] || signaled=1
  count_ooms
  { read -r line; read -r user system; } <"$d/times"
  echo "$code" >"$d/exit"
  how=exited
  [ ! -s "$d/how" ] || read -r how <"$d/how"
  find_all
  # What it left has 100 ms to finish what it writes, such as tee in 'exec > >(tee log)'.
  [ ! "$found" ] || { nap 0.1; find_all; }
  left=\${found:+1} last=
  # Whoever ends it has sent his signal.
  if [ "$found" ] && claim; then kill -TERM $found; fi
  await_quiet
  # stdout's reader may hold it back, and stderr's not.
  words="$nonce ended $how $code $signaled \${left:-0} $((ooms - before)) $user $system"
  echo "$words" >"$d/words"
  echo "$words" >&5
  echo "$words" >&4
  exec 4>&- 5>&-
  end_all ''
  : >"$d/over"
  [ "$root" = 1 ] || ( exec >/dev/null 3>&- 6>&-; let_go_of_pumps ) &
}

# Who has neither may hold a pipe still, and is not to be waited for.
let_go_of_pumps() {
  turns=40
  until read -r o <"$d/o.pump" && read -r e <"$d/e.pump" && ! kill -0 "$o" && ! kill -0 "$e"; do
    [ $turns -gt 0 ] || { kill -KILL "$o" "$e"; return; }
    turns=$((turns - 1))
    nap 0.05
  done
}

be_command() {
  eval "$__errand_exported"
  umask "$__errand_umask"
  exec setsid /bin/sh "$in/start" >&3 2>/dev/null
}

# Till nobody is left who could write, or nothing was written for a tenth of a second; at most a second.
await_quiet() {
  turns=0 still=0 seen=
  while [ "$found" ] && [ $turns -lt 20 ] && [ $still -lt 3 ]; do
    nap 0.05
    o=0 e=0
    if [ "$spool" ]; then
      size_of "$d/o.spool"
      o=$size
      size_of "$d/e.spool"
      e=$size
    else
      read -r o <"$d/o.at"
      read -r e <"$d/e.at"
    fi
    if [ "$seen" = "$o $e" ]; then still=$((still + 1)); else still=0 seen="$o $e"; fi
    turns=$((turns + 1))
    find_all
  done
}

# o or e: a stream as lines, each with the byte at which it begins.
pump() {
  trap '' TERM HUP INT QUIT USR1 USR2
  exec 3>&- 6>&- 7>&1
  stream=$1 at=0
  look_at self
  echo "$pid" >"$d/$stream.pump"
  [ ! "$spool" ] || : >"$d/$stream.spool"
  while "pump_$way"; do echo "$at" >"$d/$stream.at"; done
  echo "$at" >"$d/$stream.at"
  [ ! "$spool" ] || : >"$d/$stream.done"
}

# dd says how much there was.
pump_blocks() {
  label="$nonce $stream $at"
  said=$( { LC_ALL=C dd bs=${BLOCK_BYTES} count=1 2>&4 | base64 -w ${LINE_CHARACTERS} | sed "${LABELS}" >&7; } 4>&1 )
  said=\${said##*out"$nl"}
  said=\${said%% byte*}
  case $said in '' | 0 | *[!0-9]*) return 1 ;; esac
  at=$((at + said))
}

# Where dd does not say it, as busybox's: it is counted in what came of it.
pump_text() {
  label="$nonce $stream $at"
  text=$(dd bs=${BLOCK_BYTES} count=1 | base64 -w ${LINE_CHARACTERS} | sed "${LABELS}")
  [ "$text" ] || return
  printf '%s\\n' "$text" >&7
  length=$((\${#label} + 4))
  lines=$(((\${#text} + length + ${LINE_CHARACTERS}) / (length + ${LINE_CHARACTERS})))
  at=$((at + (\${#text} + 1 - lines * length) / 4 * 3))
  case $text in
    *==) at=$((at - 2)) ;;
    *=) at=$((at - 1)) ;;
  esac
}

pump_lines() {
  set -f
  set -- $(dd bs=4500 count=1 | base64)
  IFS=
  text=$*
  IFS=$ifs
  [ "$text" ] || return
  printf '%s %s %s.1 %s\\n' "$nonce" "$stream" "$at" "$text" >&7
  at=$((at + \${#text} / 4 * 3))
  case $text in
    *==) at=$((at - 2)) ;;
    *=) at=$((at - 1)) ;;
  esac
}

pump_hex() {
  set -f
  set -- $(dd bs=4500 count=1 | od -An -v -tx1)
  IFS=
  text=$*
  IFS=$ifs
  [ "$text" ] || return
  printf '%s x%s %s.1 %s\\n' "$nonce" "$stream" "$at" "$text" >&7
  at=$((at + \${#text} / 2))
}

sleep 0.01 || timeout=\${timeout:+$((\${timeout%.*} + 1))}
main=
if [ "\${3-}" ]; then
  read -r root group <"$d/root"
  case $3/$4 in
    end/removed) end_tree removed TERM; exit 0 ;;
    end/*) end_tree "$4" "$first"; exit 0 ;;
    input/*) take_input; exit ;;
    read/*) read_spools "$4" "$5"; exit ;;
    taken/*) : >"$d/taken"; exit ;;
    signal/*) read -r main line <"$d/main" && kill "-$4" "-$main" ;;
  esac
  exit
fi

[ -r /proc/self/stat ] || refuse proc
command -v setsid >/dev/null || refuse setsid
command -v dd >/dev/null || refuse dd
way=lines
if ! command -v base64 >/dev/null; then
  command -v od >/dev/null || refuse base64
  way=hex
elif [ "$(printf 12345678 | base64 -w 4 | sed '1s/^/a/;2s/^/b/')" = "aMTIz\${nl}bNDU2\${nl}Nzg=" ]; then
  way=text
  case $(printf 123456 | LC_ALL=C dd bs=64 count=1 2>&1 >/dev/null) in *out"\${nl}6 byte"*) way=blocks ;; esac
fi
[ ! "$spool" ] || { command -v wc >/dev/null || refuse wc; command -v ls >/dev/null || refuse ls; way=spool; }
look_at self
root=$$ group=$its_group
echo "$root $group" >"$d/root" || refuse state
be_deaf
await_input
{ be_deaf; exec 5>&1; { exec 4>&1 >&3 6>&-; run; } | pump o >&3 5>&-; } | pump e >&6
[ -s "$d/main" ] || exit 0
if [ "$spool" ] && [ -s "$d/exit" ]; then
  : >"$d/o.done" >"$d/e.done"
  await_reader
  tell_ends
fi
[ -s "$d/exit" ] || { printf '%s lost\\n' "$nonce" >&3; exit 1; }
read -r code <"$d/exit"
exit "$code"
`;
