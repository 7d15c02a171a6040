import { quote } from '../command.ts';
import type { Submission } from './submission.ts';

/** Statements that say `NONCE WORDS` on stdout, and end the shell. */
export function answerWith(nonce: string): (words: string) => string {
  return (words) => `{ printf '%s ${words}\\n' ${nonce}; exit; }`;
}

/**
 * Statements after which `$d` is this submission's, with all that its guardian needs; where another one made it, they answer `known` or
 * `conflict`. However long this shell is stopped in between, it takes nothing away from others. It needs `spool-script`.
 */
export function submitSource({ request: { nonce }, print, meta, stdin }: Submission): string {
  const answer = answerWith(nonce);
  return `birth_of $$
# Everything is there before it is known, and until then it is this submission's own.
mine=${nonce}
stage() {
  mkdir "$d"
  [ -e "$d/print" ] || [ -e "$d/expires" ] || echo $(($(date +%s) + 86400)) >"$d/expires"
  printf '%s\\n' ${quote(meta)} >"$d/meta.$mine" && ${stdin.length > 0 ? `printf '%b' ${quote(escaped(stdin))}` : ':'} >"$d/stdin.$mine" && dd if=/dev/zero of="$d/reserve.$mine" bs=4096 count=4 && echo "${print} $$ $birth $boot" >"$d/print.$mine"
}
# Whether nobody guards it, and it is still the one that was waited for: one that was refused is gone, and may be another's by now.
orphaned() { ! guarded "$d" && read -r line again <"$d/print" && [ "$again" = "$rest" ]; }
unstage() { rm -f "$d/meta.$mine" "$d/stdin.$mine" "$d/reserve.$mine" "$d/print.$mine"; }
rounds=0
until stage && ln "$d/print.$mine" "$d/print"; do
  unstage
  waits=0 whose=
  while read -r line rest <"$d/print"; do
    [ "$line" = ${print} ] || ${answer('conflict')}
    [ "$whose" = "$rest" ] || waits=0 whose=$rest
    [ ! -s "$d/main" ] && [ ! -e "$d/status" ] && { [ $waits -le 100 ] || ! orphaned; } || ${answer('known')}
    waits=$((waits + 1))
    nap 0.05
  done
  # It was refused, or is over and was removed; or there is no place.
  rounds=$((rounds + 1))
  if [ $rounds -gt 20 ]; then
    rm -f "$d/expires"
    rmdir "$d"
    ${answer('refused spool')}
  fi
done
for line in meta stdin reserve; do mv "$d/$line.$mine" "$d/$line"; done
rm -f "$d/print.$mine" "$d/expires"`;
}

/** For printf %b. */
function escaped(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes)
    text += byte >= 32 && byte < 127 && byte !== 92 ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`;
  return text;
}
