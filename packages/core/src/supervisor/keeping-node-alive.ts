let waiting = 0;
/** Fires seldom, and for nothing: what counts is that it is there. */
let hold: NodeJS.Timeout | undefined;

/** Node does not exit while somebody waits for this, though all pipes and timers behind it may be unreferenced. */
export async function keepingNodeAlive<T>(wanted: Promise<T>): Promise<T> {
  hold ??= setInterval(() => {}, 60_000);
  if (waiting++ === 0) hold.ref();
  return wanted.finally(() => {
    if (--waiting === 0) hold?.unref();
  });
}
