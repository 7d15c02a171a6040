import { SPOOL_SCRIPT } from './spool-script.ts';

/** What to read of a detached execution. */
export interface Following {
  readonly name: string;
  readonly stdoutOffset: number;
  readonly stderrOffset: number;
  /** Begins the first frames. */
  readonly begin: string;
  /** Begins the last frames. */
  readonly end: string;
}

/**
 * What a plain sh is sent to read a detached execution's output from any byte on, and to tell how it ended. First come `BEGIN started
 * PID BIRTH READER KEY` on stdout and `BEGIN begin` on stderr, or `BEGIN refused execution`; then the bytes; then `END` and the status on both.
 */
export function followSource({ name, stdoutOffset, stderrOffset, begin, end }: Following): string {
  return `exec 5>&2 2>/dev/null
${SPOOL_SCRIPT}
# file, offset; leaves in $at how far it came
send() {
  at=$2
  size_of "$1"
  [ "$size" -gt "$at" ] || return
  tail -c "+$((at + 1))" "$1" | head -c $((size - at))
  at=$size pause=0.02
}

d=$root/${name} out=${stdoutOffset} err=${stderrOffset} pause=0.02
[ -s "$d/print" ] || { printf '%s refused execution\\n' ${begin}; exit; }
until [ -s "$d/main" ] || settled "$d"; do nap 0.02; done
[ -s "$d/main" ] || [ -e "$d/status" ] || { printf '%s refused execution\\n' ${begin}; exit; }
birth_of $$
echo "$birth" >"$d/reader.$$"
pid=0 born=0 key=-
read -r pid born key <"$d/main"
printf '%s begin\\n' ${begin} >&5
printf '%s started %s %s %s %s\\n' ${begin} "$pid" "$born" $$ "$key"
while :; do
  over=
  if settled "$d"; then over=1; fi
  send "$d/stdout" "$out"; out=$at
  send "$d/stderr" "$err" >&5; err=$at
  [ ! "$over" ] || break
  # Somebody who listens no more is noticed by writing alone.
  nap "$pause"
  case $pause in 0.02) pause=0.05 ;; 0.05) pause=0.1 ;; *) pause=0.2 ;; esac
done
status=
read -r status <"$d/status"
rm -f "$d/reader.$$"
printf '%s %s\\n' ${end} "$status" >&5
printf '%s %s\\n' ${end} "$status"
# A node drops what a process that is over wrote, two seconds later, where its reader held that back: so it stays till its input ends, when all was read.
while read -r status; do :; done
exit
`;
}

/**
 * What a plain sh is sent to list them: for each a line `NONCE item NAME OUT ERR STATUS`, where STATUS is `running` or that of
 * `followSource`, and a line with its `meta`; then `NONCE end`.
 */
export function listSource(nonce: string): string {
  return `exec 2>/dev/null
${SPOOL_SCRIPT}
sweep
for d in "$root"/*/; do
  d=\${d%/}
  [ -s "$d/print" ] || continue
  status=running
  if settled "$d"; then read -r status <"$d/status" || continue; fi
  size_of "$d/stdout"; out=$size
  size_of "$d/stderr"
  read -r meta <"$d/meta" || continue
  printf '%s item %s %s %s %s\\n%s\\n' ${nonce} "\${d##*/}" "$out" "$size" "$status" "$meta"
done
echo ${nonce} end
exit
`;
}

/** What a plain sh is sent to tell in one line, behind `nonce`, the status of a detached execution, or `running`. */
export function statusSource(name: string, nonce: string): string {
  return `exec 2>/dev/null
${SPOOL_SCRIPT}
status=running
if settled "$root/${name}"; then read -r status <"$root/${name}/status"; fi
printf '%s %s\\n' ${nonce} "$status"
exit
`;
}
