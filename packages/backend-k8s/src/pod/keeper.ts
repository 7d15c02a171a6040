/**
 * What a pod that lasts does: nothing, until it is told to end, which then takes no time. It is the first process of its container, whom nobody in
 * there can kill, and takes in what others leave.
 */
export const KEEPER: readonly string[] = ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done'];
