/**
 * Shell source that begins a script whose `$ESCAPE` is a command that runs another one in a session of its own: setsid
 * (util-linux, busybox), else perl.
 */
export const WITH_ESCAPE = `ESCAPE=setsid; command -v setsid >/dev/null || ESCAPE='perl -MPOSIX -e setsid();exec@ARGV'
`;

/** How long the processes sleep that a case leaves behind on purpose: long enough to be found, short enough to go by themselves. */
export const SLEEP = 'sleep 67';

/** Shell source, for `sh -c` in single quotes: prints its own pid and sleeps without holding on to any pipe. */
export const DAEMON: string = `echo $$; exec ${SLEEP} >/dev/null 2>&1 </dev/null`;

/** The same, but it ignores what usually ends a process. */
export const STUBBORN_DAEMON: string = `trap "" TERM HUP INT; ${DAEMON}`;

/** Starts a daemon (see `WITH_ESCAPE`) and prints its pid once it runs. */
export const START_DAEMON: string = `${WITH_ESCAPE}pid=$($ESCAPE sh -c '${DAEMON}' &)
echo "$pid"
`;
