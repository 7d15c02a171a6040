import { quote } from '../../command.ts';
import { FOLLOW } from './follow.ts';

/** What ends the bytes that a writing script is sent: without it they are not all of them. */
export function trailer(seal: string, bytes: number): string {
  return `${seal}${String(bytes).padStart(TRAILER_BYTES - seal.length)}`;
}

/** A nonce of 32 digits, a space at least, and any number of bytes. */
const TRAILER_BYTES = 53;

export interface Writing {
  readonly file: string;
  /** Names the temporary file. */
  readonly unique: string;
  /** 128 fresh bits in hexadecimal, see `trailer`. */
  readonly seal: string;
  /** Permission bits of a new file; undefined: as the umask has it. */
  readonly mode: number | undefined;
}

/**
 * Says `BEGIN`, takes bytes to the end of input, and puts a file of them in place of the old one if they end in a `trailer`. A symbolic
 * link stays: what it leads to is replaced.
 */
export function writeStatements({ file, unique, seal, mode }: Writing): string {
  return `${FOLLOW}
${CREATE}
follow ${quote(file)} path 4
permissions=${mode === undefined ? '$((0644 & ~$(umask)))' : mode}
create ./.errand-${unique}.tmp
begin
said=$(cat 2>&1 >"$made") || fail path "$said"
# Whoever sent it is gone, or thought better of it.
last=$(tail -c ${TRAILER_BYTES} "$made")
case $last in ${seal}\\ *) ;; *) exit ;; esac
bytes=\${last##* }
cut conv=fsync || case $said in *conver* | *conv) cut ;; *) false ;; esac || fail path "\${said%%
*}"
[ "$owner" = "$own" ] || chown "$owner" "$made"
said=$(chmod "$(printf %o "$permissions")" "$made" 2>&1) || fail path "$said"
move "$made" "./$name" || fail path "$said"`;
}

/** What is private is so from its first byte. */
const CREATE = `
create() {
  owner=
  if look "./$name"; then
    case $said in 8*) ;; *) refuse path "$said" ;; esac
    permissions=$((0x\${said%% *} & 0777))
    owner_of $said
    owner=$own
  else
    case $said in *': No such file or directory') ;; *) fail path "$said" ;; esac
  fi
  said=$( ( umask 077; set -C; : >"$1" ) 2>&1 ) || fail path "$said"
  made=$1
  trap discard EXIT
  trap exit HUP INT TERM
  look "$made" || fail path "$said"
  owner_of $said
  owner=\${owner:-$own}
}
owner_of() { own=$4; }
# To the bytes that are content, and to the disk: after a crash the name must not stand for an empty file. Says first what went wrong.
cut() { said=$(dd if=/dev/null of="$made" bs=1 seek="$bytes" $1 2>&1); }`;
