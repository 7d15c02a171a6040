import { quote } from '../../command.ts';

/** Answers with a file's bytes; where it says that it is longer than `maxBytes`, with one more than those. */
export function readStatements(file: string, maxBytes: number): string {
  const path = quote(file);
  return `look ${path} -L || fail path "$said"
case $said in 8*) ;; *) refuse path "$said" ;; esac
size=\${said#* }
size=\${size%% *}
begin
if [ "$size" -gt ${maxBytes} ]; then
  said=$(head -c ${maxBytes + 1} -- ${path} 2>&1 >&3)
else
  # The size is a guess: those of /proc tell 0.
  said=$(cat -- ${path} 2>&1 >&3)
fi
[ $? = 0 ] || fail path "$said"`;
}
