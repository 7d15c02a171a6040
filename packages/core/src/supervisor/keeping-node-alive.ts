let holds = 0;
/** Fires seldom, and for nothing: what counts is that it is there. */
let timer: NodeJS.Timeout | undefined;

/** Node does not exit from now on, though all pipes and timers that somebody waits for may be unreferenced; until `releaseNode`. */
export function holdNode(): void {
  timer ??= setInterval(() => {}, 60_000);
  if (holds++ === 0) timer.ref();
}

/** Once for each `holdNode`. */
export function releaseNode(): void {
  if (--holds === 0) timer?.unref();
}

/** Node does not exit while somebody waits for this. */
export async function keepingNodeAlive<T>(wanted: Promise<T>): Promise<T> {
  holdNode();
  return wanted.finally(releaseNode);
}
