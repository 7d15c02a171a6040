/** How often the kernel ended something of one container, as far as it was looked at. */
export class OutOfMemoryCount {
  readonly #looks: { readonly at: number; readonly count: number }[] = [];

  /** Whether it did since what began at this time did. */
  hasGrown(answer: string, beganAt: number, now: number = performance.now()): boolean {
    const count = Number(/^oom_kill (\d+)$/m.exec(answer)?.[1] ?? 0);
    const before = this.#looks.findLast(({ at }) => at <= beganAt)?.count ?? 0;
    if (this.#looks.at(-1)?.count !== count) this.#looks.push({ at: now, count });
    return count > before;
  }
}
