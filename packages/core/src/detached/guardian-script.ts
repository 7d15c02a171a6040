import { quote } from '../command.ts';
import type { ProcessRequest } from '../driver.ts';
import { isLarge } from '../launcher/argument-size.ts';
import { sizeStatements } from '../launcher/preamble.ts';
import { argumentWords, findStatements } from '../launcher/program-statements.ts';
import { startStatements } from '../launcher/start-statements.ts';
import { suffix } from '../supervisor/registration.ts';
import { PROCESSES } from '../supervisor/script/processes.ts';
import { SPOOL_SCRIPT } from './spool-script.ts';
import type { Submission } from './submission.ts';
import { answerWith, submitSource } from './submit-script.ts';

/**
 * The guardian, forked by a plain sh that it ends once the command runs, so that the channel is free. It needs setsid, as
 * util-linux and busybox have it.
 *
 * The command may fill the disk. So what is to be noted of its end while its output is still being written has its block from the start,
 * and some are kept in reserve for what follows.
 *
 * Its shells have a trap for SIGTERM, and what they start has not: to its own group it is a way to end its timer and its drains.
 */
const GUARDIAN_SCRIPT = `
# name line: a file of one line, in the place that was kept for it.
note() { echo "$2" 1<>"$d/$1.new"; mv "$d/$1.new" "$d/$1"; }

# The command in a session of its own, and what comes after it. Descriptor 3 is the channel, 4 and 5 are the pipes to the drains.
start() {
  trap : TERM
  exec </dev/null
  if [ "$timeout" ]; then ( exec >/dev/null 3>&- 4>&- 5>&-; time_out ) & fi
  # A shell says on stderr of what signal its child died, and of an exit code it says nothing.
  { printf '%s\\n' "$source" | be_command "$d" >&3 2>/dev/null; code=$?; } 2>"$d/said"
  [ -s "$d/main" ] || return
  signaled=0
  [ ! -s "$d/said" ] || signaled=1
  read -r up line </proc/uptime
  note exit "$code $signaled $up"
  exec 3>&- 4>&- 5>&-
  # The timer that began to end all of it ends with this.
  [ -e "$d/timed-out" ] || finish
  if [ "$daemons" ] || [ -e "$d/timed-out" ]; then end_tree; else end_group; fi
  # A daemon that has the pipes still finds them closed.
  ( exec >/dev/null; sleep 1; kill -TERM 0 ) &
}

# spool: becomes the command, with the environment and the umask that were there before the guardian set any of its own.
be_command() {
  eval "$__errand_exported"
  umask "$__errand_umask"
  exec setsid /bin/sh -c '__errand_spool=$1 __errand_channel=$2; eval "$(cat)"' errand "$1" $$
}

# Its time is that for which the command runs: a start may be slow, or be refused.
time_out() {
  until [ -s "$d/main" ]; do
    [ -d "$d" ] || exit
    nap 0.02
  done
  sleep "$timeout"
  [ ! -e "$d/exit" ] || exit
  : >"$d/timed-out"
  end_tree
}

# What it keeps, and then how much there was besides. dd counts what it reads at a time, however little that is, and writes it at once.
drain() {
  stop=
  trap stop=1 TERM
  exec 3>&- 5>&-
  : >"$d/$1"
  size=0 before=-1 failed=
  while [ ! "$stop$failed" ] && [ "$size" -gt "$before" ] && [ "$size" -lt "$max" ]; do
    before=$size left=$((max - size))
    if [ "$left" -lt 65536 ]; then dd bs="$left" count=1; else dd bs=65536 count=$((left / 65536)); fi >>"$d/$1" || failed=1
    size_of "$d/$1"
  done
  line=0
  if [ "$stop" ]; then
    # Of a daemon's output beyond the bound nobody knows how much there was.
    [ "$size" -lt "$max" ] || line=-1
  elif [ "$failed" ]; then
    # The disk is full: what dd had read and not written is counted as one.
    rest=$(wc -c) || rest=0
    line=$((-1 - rest))
  elif [ "$size" -ge "$max" ]; then
    # One that was ended does not say how far it came.
    line=$(wc -c) || line=-1
    line=$((line))
  fi
  note "$1.rest" "$line"
}

# What the command left has 100 ms to finish what it writes, such as tee in 'exec > >(tee log)'.
finish() {
  end=10
  until [ -e "$d/stdout.rest" ] && [ -e "$d/stderr.rest" ]; do
    [ "$end" -gt 0 ] || return
    end=$((end - 1))
    nap 0.01
  done
}

end_group() {
  read -r pid birth line <"$d/main"
  kill -TERM "-$pid" || return
  end=$((grace * 10)) pause=0.01
  while has_group; do
    [ "$end" -gt 0 ] || kill -KILL "-$pid"
    [ "$end" -gt -50 ] || return
    end=$((end - 1))
    nap "$pause"
    pause=0.1
  done
}

# Zombies do not count.
has_group() {
  list_processes
  case $nl$table in *"$nl$pid,"*) ;; *) return 1 ;; esac
}

end_tree() {
  read -r pid birth line <"$d/main" || return
  leaders=
  if leads; then leaders=" g$pid "; fi
  action=TERM end=$((grace * 10)) quiet=0
  while [ $quiet -lt 3 ] && [ "$end" -gt -50 ]; do
    gather " $key "
    seen=$seen$stamps
    [ "$end" -gt 0 ] || action=KILL
    if [ "$found" ]; then quiet=0; [ ! "$action" ] || strike "$action"; else quiet=$((quiet + 1)); fi
    action= end=$((end - 1))
    nap 0.05
  done
}

guard() {
  trap : TERM HUP
  exec </dev/null >/dev/null
  read -r self line </proc/self/stat
  birth_of "$self"
  echo "$self $birth $boot" >"$d/guardian"
  read -r began line </proc/uptime
  for line in exit stdout.rest stderr.rest; do dd if=/dev/zero of="$d/$line.new" bs=4096 count=1; done
  # By exec: of what it redirects for a function, a shell keeps a copy.
  { exec 5>&1; { exec 4>&1 >&3; start; } | drain stdout; } | drain stderr
  rm -f "$d/stdin"
  [ -s "$d/main" ] || { discard "$d"; exit; }
  conclude
  exec 3>&-
  kill -TERM 0
  # Where somebody removed what it keeps there is nothing to wait for.
  while [ "$keep" -gt 0 ] && [ -d "$d" ]; do
    step=$keep
    [ "$step" -lt 60 ] || step=60
    nap "$step"
    keep=$((keep - step))
  done
  end=3600
  while [ "$end" -gt 0 ] && has_reader; do nap 1; end=$((end - 1)); done
  discard "$d"
  exit
}

# Whether somebody is still reading: a slow reader is waited for, an hour at most.
has_reader() {
  for line in "$d"/reader.*; do
    pid=\${line##*.}
    if read -r born <"$line" && lives "$pid" "$born" "$boot"; then return; fi
  done
  return 1
}

# HOW CODE SIGNALED OUT OUT-REST ERR ERR-REST MS
conclude() {
  rm -f "$d/reserve"
  how=exited
  read -r code signaled up <"$d/exit" || how=lost code=0 signaled=0 up=$began
  [ ! -e "$d/timed-out" ] || [ "$how" = lost ] || how=timed-out
  out_rest=0 err_rest=0
  read -r out_rest <"$d/stdout.rest"
  read -r err_rest <"$d/stderr.rest"
  size_of "$d/stdout"; out=$size
  size_of "$d/stderr"
  echo "$how $code $signaled $out $out_rest $size $err_rest $((($(cents "$up") - $(cents "$began")) * 10))" >"$d/status.new"
  echo $(($(date +%s) + keep + 60)) >"$d/expires"
  mv "$d/status.new" "$d/status"
}

# A number of seconds with two decimals, in hundredths; none where there is no uptime.
cents() { case $1 in '') echo 0 ;; 0.0*) echo "\${1#0.0}" ;; 0.*) echo "\${1#0.}" ;; *) echo "\${1%.*}\${1#*.}" ;; esac; }
`;

/**
 * How the supervisors call a detached execution, and all executors' alike. Names are not enough: one that is made of an idempotency key
 * may be in the spool of another account as well, or was here before, and left a daemon.
 */
export function detachedKey(name: string, token: string): string {
  return `detached-${name}-${token}`;
}

/**
 * What a plain sh is sent to start a detached command. It answers with a line on stdout: `NONCE started PID BIRTH`, `NONCE refused
 * WORD` (see `refusal`), `NONCE known`, when there is one by this name already, or `NONCE conflict`, when that is another command.
 *
 * @param unguarding What makes the sh nobody's who ends it with its client, see `GuardedChannel`.
 */
export function guardianSource(submission: Submission, unguarding = ':'): string {
  const { request, name, timeoutMs, maxSpoolBytes, keepMs, endsDaemons } = submission;
  const { nonce, killGraceMs } = request;
  const answer = answerWith(nonce);
  return `exec 2>/dev/null 5>&- 6>&-
__errand_exported=$(export -p) __errand_umask=$(umask)
${SPOOL_SCRIPT}${PROCESSES}${GUARDIAN_SCRIPT}
LC_ALL=C
ifs=$IFS nl='
'
# Nothing of this is run before all of it was read: its client may die while it sends it.
{
${unguarding}
marker=errand kept= seen= after= relay=0
key=${suffix(request.marker)} d=$root/${name}
timeout=${timeoutMs === undefined ? '' : seconds(timeoutMs)} grace=${Math.ceil(killGraceMs / 1000)} daemons=${endsDaemons ? 1 : ''}
max=${maxSpoolBytes} keep=${Math.ceil(keepMs / 1000)}
sleep 0.01 || timeout=\${timeout:+$((\${timeout%.*} + 1))}
[ -r /proc/self/stat ] && command -v setsid >/dev/null || ${answer('refused setsid')}
mkdir -p "$root" && [ -O "$root" ] || ${answer('refused spool')}
sweep
${submitSource(submission)}
source=${quote(startSource(request))}
exec 3>&1
( guard )
exit
}
`;
}

/** Statements for the process that becomes the command. */
function startSource(request: ProcessRequest): string {
  const large = isLarge(request);
  const words = large ? '"$@"' : argumentWords(request);
  return startStatements(request, {
    check: [],
    prepare: [...findStatements(request), ...(large ? sizeStatements(request) : [])],
    register: ['exec 6<"$__errand_spool/stdin" && rm -f "$__errand_spool/stdin" || __errand_refuse spool'],
    become: [
      // Behind the frame: a client that is gone by then has started nothing.
      `echo "$$ $__errand_birth ${suffix(request.marker)}" >"$__errand_spool/main" || exit`,
      'kill -KILL "$__errand_channel"',
      `exec "$__errand_file" ${words} <&6 >&4 2>&${request.mergeStderr ? 4 : 5} 3>&- 4>&- 5>&- 6<&-`,
    ],
  }).join('\n');
}

/** With a fraction; at least a hundredth. */
function seconds(ms: number): string {
  return (Math.max(10, ms) / 1000).toFixed(2);
}
