/** Before the words of a frame, so that what a command prints seldom looks like the begin of one. */
export const MARK = '\u001e';

/**
 * What waits for a line of shell in a container, and says how it ended: the cluster says so only when nobody holds the streams any more. It takes
 * one line from stdin, the frames' nonce, which no list of processes shows and the line does not have. The line leads a session, as what a
 * container's runtime starts does, so that a signal for its group does not reach what waits. A subshell becomes it: of a child that a signal ended dash tells where
 * that one's stderr went.
 *
 * Frames: `MARK NONCE hello PID` on stdout, before the line; `MARK NONCE end CODE` on both streams after it. Whoever holds back the streams can learn the
 * code by the name that the process gives itself before (see `lookAtEnds`). Without `setsid` it is `bare` in place of `hello`, and there is no end.
 */
const WRAPPER =
  'read -r __errand_nonce || exit 125; if command -v setsid >/dev/null 2>&1; then printf "\\036%s hello %s\\n" "$__errand_nonce" "$$"; exec 9>&2 2>/dev/null; ' +
  '( exec setsid /bin/sh -c "$1" 2>&9 9>&- ); __errand_code=$?; echo "errand-end $__errand_code" >/proc/self/comm; printf "\\036%s end %s\\n" "$__errand_nonce" "$__errand_code" >&9; ' +
  'printf "\\036%s end %s\\n" "$__errand_nonce" "$__errand_code"; [ ! "$2" ] || case $(dd bs=1 count=1 2>&1 >/dev/null) in 0*) ;; *) sleep 1 ;; esac; else printf "\\036%s bare\\n" "$__errand_nonce"; exec /bin/sh -c "$1"; fi';

/**
 * The command that runs a line of shell so.
 *
 * @param hasInput Whether the line has a stdin of its own, of which it may leave something unread. Then it is stayed for a moment, until what was said has
 * come: a cluster that closes a connection with something unread takes along what it had sent.
 */
export function wrapped(line: string, hasInput: boolean): string[] {
  return ['/bin/sh', '-c', WRAPPER, 'sh', line, hasInput ? 'input' : ''];
}
