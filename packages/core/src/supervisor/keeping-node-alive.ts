/** Node does not exit while somebody waits for this, though all pipes and timers behind it may be unreferenced. */
export async function keepingNodeAlive<T>(wanted: Promise<T>): Promise<T> {
  const hold = setInterval(() => {}, 10_000);
  return wanted.finally(() => clearInterval(hold));
}
