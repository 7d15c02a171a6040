/** Before the words of a frame, so that what a command prints seldom looks like the begin of one. */
export const MARK = '\u001e';

/**
 * What waits for a line of shell in a container, and says how it ended: the cluster says so only when nobody holds the streams any more. It takes
 * one line from stdin, the frames' nonce, which no list of processes shows and the line does not have. The line leads a session, as what a
 * container's runtime starts does, so that a signal for its group does not reach what waits.
 *
 * Frames: `MARK NONCE hello` on stdout, before the line; `MARK NONCE end CODE` on both streams after it. Without `setsid`, or where the line is to be
 * the runtime's own, it is `bare` in place of `hello`, and there is no end.
 */
const WRAPPER =
  'read -r __errand_nonce || exit 125; if command -v setsid >/dev/null 2>&1; then printf "\\036%s hello\\n" "$__errand_nonce"; exec 9>&2 2>/dev/null; ' +
  'setsid /bin/sh -c "$1" 2>&9 9>&-; __errand_code=$?; printf "\\036%s end %s\\n" "$__errand_nonce" "$__errand_code" >&9; ' +
  'printf "\\036%s end %s\\n" "$__errand_nonce" "$__errand_code"; else printf "\\036%s bare\\n" "$__errand_nonce"; exec /bin/sh -c "$1"; fi';

/** The command that runs a line of shell so. */
export function wrapped(line: string): string[] {
  return ['/bin/sh', '-c', WRAPPER, 'sh', line];
}
