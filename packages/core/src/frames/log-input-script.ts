import { BLOCK_BYTES } from './log-line.ts';

/** Part of `LOG_SCRIPT`: stdin that is fed to a command, and waited for by what runs it. */
export const LOG_INPUT_SCRIPT: string = `
# The bytes of a file from this one on, of which it has one where its size is known.
last_of() {
  if command -v base64 >/dev/null; then set -- "$(dd if="$1" bs=1 skip="$2" count=2 | base64)"; else set -- "$(dd if="$1" bs=1 skip="$2" count=2 | od -An -v -tx1)x"; fi
  case $1 in *== | ' '??x) ;; *) return 1 ;; esac
}

# An input that was cut off looks like one that ended.
take_input() {
  [ ! -s "$d/fed" ] || return 0
  dd bs=${BLOCK_BYTES} >"$d/stdin.$$" || return
  last_of "$d/stdin.$$" $((input - 1)) || return
  # Of several the first; whoever reads it has it whole.
  ( set -C; echo "$d/stdin.$$" >"$d/fed" ) || [ -e "$d/fed" ]
}

await_input() {
  [ "$input" ] || return
  read_clock
  patience=\${timeout:-900}
  give_up_at=$((now + \${patience%.*}00 + 100))
  until [ -s "$d/fed" ] || [ -s "$d/how" ]; do
    [ $now -lt $give_up_at ] || refuse input
    nap 0.05
    read_clock
  done
}
`;
