import { quote } from '../../command.ts';
import { FOLLOW } from './follow.ts';

// GNU's tar takes options from there; that of macOS would add files of its own, and that of an old busybox leave out links.
const PREPARE = `unset TAR_OPTIONS POSIXLY_CORRECT
export COPYFILE_DISABLE=1 EXTRACT_UNSAFE_SYMLINKS=1
command -v tar >&2 || refuse path no-tar`;

/** The first line says why. */
const FAIL = `fail path "\${said%%
*}"`;

/** Answers with a tar stream of what is in a directory. */
export function readTreeStatements(directory: string): string {
  return `look ${quote(directory)} -L || fail path "$said"
case $said in 4*) ;; *) refuse path no-directory ;; esac
${PREPARE}
enter ${quote(directory)} path
# Before anything is sent. Some tars leave them out and say so, some wait for a FIFO.
odd=$(find . ! -type f ! -type d ! -type l | head -n 1)
[ ! "$odd" ] || refuse path "odd $odd"
begin
said=$(tar -cf - . 2>&1 >&3) || ${FAIL}`;
}

export interface TreeWriting {
  readonly directory: string;
  /** The directory in the tar stream, beside the place where it is to be. */
  readonly temporary: string;
  /** A file in the tar stream behind it, see `sealed`: without it the stream was cut. Nobody knows its name beforehand. */
  readonly seal: string;
}

/** Says `BEGIN`, takes a tar stream to the end of input, and puts the directory in it in place where nothing is but an empty one. */
export function writeTreeStatements({ directory, temporary, seal }: TreeWriting): string {
  return `${FOLLOW}
# Also what its owner may not write to.
discard() {
  [ "$made" ] || return
  rm -f ./${seal}
  rm -rf "$made" || { find "$made" -type d -exec chmod 700 {} \\;; rm -rf "$made"; }
}
close() { said=$(chmod "$1" "./$2" 2>&1) || fail path "$said"; }
follow ${quote(directory)} path occupied
if look "./$name"; then
  case $said in 4*) ;; *) refuse path occupied ;; esac
  [ ! "$(ls -A "./$name/" | head -n 1)" ] || refuse path occupied
else
  case $said in *': No such file or directory') ;; *) fail path "$said" ;; esac
fi
${PREPARE}
trap discard EXIT
trap exit HUP INT TERM
said=$( ( umask 077; mkdir ./${temporary} ) 2>&1 ) || fail path "$said"
made=./${temporary}
# Not every tar sets modes: some make what they make with those, and no other user comes into $made.
umask 0
begin
said=$(tar -xpof - 2>&1) || ${FAIL}
# Whoever sent it is gone, or thought better of it.
[ -f ./${seal} ] || exit
. ./${seal}
rm -f ./${seal}
move "$made" "./$name" || case $said in
*' not empty' | *': File exists' | *': Not a directory') refuse path occupied ;;
*) fail path "$said" ;;
esac`;
}
