/** What marks a script's answer on its stdout; nothing on the target knows them beforehand. */
export interface Marks {
  /** Begins the line behind which the answer's bytes come, or after which it takes bytes. */
  readonly begin: string;
  /** Begins the line behind them. Also ends the bytes that are sent, see `writeStatements`. */
  readonly end: string;
}

/** Sizes, times and owners as GNU and busybox write them, and as BSD and macOS do. The fraction of a second is in the last words. */
const FORMATS = { gnu: '%f %s %Y %u:%g %d %y', bsd: '%Xp %z %m %u:%g %d -' };

/**
 * What a plain sh is sent to do something with files: functions, and the statements that use them. It ends by itself.
 *
 * A group in braces is read to its end before it runs. So the shell has read nothing of what is sent once it said `BEGIN`, though
 * shells read pipes in blocks.
 *
 * It says `BEGIN`, and in the end one of `END ok`, `END refused OPTION WORD` and `END failed OPTION WORDS`: see `toRefusal` and
 * `toTargetError`.
 */
export function fileScript({ begin, end }: Marks, statements: string): string {
  return `{
exec 3>&1 2>/dev/null
LC_ALL=C
export LC_ALL
unset CDPATH
# Who hears nothing any more is told nothing: what is left of this is done, and cleaned up, all the same.
trap '' PIPE
made=
begin() { printf '%s\\n' ${begin}; }
ok() { printf '%s ok\\n' ${end}; exit; }
discard() { [ ! "$made" ] || rm -f "$made"; }
refuse() { discard; printf '%s refused %s %s\\n' ${end} "$1" "$2"; exit; }
# The last line says why.
fail() { discard; printf '%s failed %s %s\\n' ${end} "$1" "\${2##*
}"; exit; }
# file, -L to follow a link: leaves in $said its mode in hexadecimal, size, time, owner and device; or why not.
look() {
  style=-c format='${FORMATS.gnu}' label=%n
  said=$(stat $2 -c "$format" -- "$1" 2>&1) && return
  case $said in 'stat: illegal option'*) ;; *) return 1 ;; esac
  style=-f format='${FORMATS.bsd}' label=%N
  said=$(stat $2 -f "$format" -- "$1" 2>&1)
}
# directory, option: no shell says why it could not go there.
enter() { cd -P -- "$1" || { look "$1/." -L; fail "$2" "$said"; }; }
# from, to: renames, and never moves into a directory.
move() {
  said=$(mv -f -T -- "$1" "$2" 2>&1) && return
  case $said in
  'mv: invalid option'* | 'mv: illegal option'* | 'mv: unrecognized option'* | "mv: '$2' is a directory") ;;
  *) return 1 ;;
  esac
  # Not every mv can be told that; and that of busybox still does not replace what leads to a directory. So that goes first.
  if [ -h "$2" ]; then rm -f -- "$2"; elif [ -d "$2" ]; then said=$(rmdir -- "$2" 2>&1) || return; fi
  said=$(mv -f -- "$1" "$2" 2>&1)
}
${statements}
ok
}
`;
}
