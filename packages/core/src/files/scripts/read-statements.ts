import { quote } from '../../command.ts';
import type { ReadPart } from '../read-bound.ts';

/** Answers with a file's bytes, or those of a part; where there are more than `maxBytes`, with one more than those, or more. */
export function readStatements(file: string, { maxBytes, offset, lengthBytes }: ReadPart): string {
  const path = quote(file);
  const isPart = offset > 0 || Number.isFinite(lengthBytes);
  return `look ${path} -L || fail path "$said"
case $said in 8*) ;; *) refuse path "$said" ;; esac
size=\${said#* }
size=\${size%% *}
begin
${isPart ? partStatements(path, offset, Math.min(lengthBytes, maxBytes + 1)) : wholeStatements(path, maxBytes)}`;
}

function wholeStatements(path: string, maxBytes: number): string {
  return `if [ "$size" -gt ${maxBytes} ]; then
  said=$(head -c ${maxBytes + 1} -- ${path} 2>&1 >&3)
else
  # The size is a guess: those of /proc tell 0.
  said=$(cat -- ${path} 2>&1 >&3)
fi
[ $? = 0 ] || fail path "$said"`;
}

/** 'head' may end before 'tail' has written all, of which that may complain. */
function partStatements(path: string, offset: number, bytes: number): string {
  // Not every 'head' takes 0; but whether the file may be read is asked all the same.
  const head = bytes === 0 ? 'head -c 1 >/dev/null' : `head -c ${bytes} >&3`;
  return `said=$({ (trap - PIPE; exec tail -c +${offset + 1} -- ${path} 2>&5) | ${head}; } 5>&1)
case $said in '' | *roken\\ pipe*) ;; *) fail path "$said" ;; esac`;
}
