/** Many at once, or one alone; who comes first is first, so that nobody waits for ever for those who come after it. */
export class TurnsOfAll {
  #last: Promise<unknown> = Promise.resolve();
  #others: Promise<unknown>[] = [];

  /** Acts when it is its turn. */
  run(isAlone: boolean, act: () => Promise<void>): Promise<void> {
    if (!isAlone) {
      const turn = this.#last.then(act);
      this.#others.push(turn.catch(() => {}));
      return turn;
    }
    const turn = Promise.all([this.#last, ...this.#others]).then(act);
    this.#others = [];
    this.#last = turn.catch(() => {});
    return turn;
  }
}
