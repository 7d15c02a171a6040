/**
 * Bytes of live output that are kept. A reader that pauses (`| less`) holds a command back while it runs, but only for a few
 * seconds after its end; then what still was in the pipes, well under half of this, has to lie somewhere until it is read.
 */
export const LIVE_OUTPUT_BYTES = 8_388_608;
