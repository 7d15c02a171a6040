const MAX_REMEMBERED = 10_000;

/**
 * Which timeout an idempotent execution has: a duplicate joins the first's execution, whose timeout applies, and its result
 * must say so. The oldest are forgotten beyond 10,000.
 */
export class AppliedTimeouts {
  readonly #byExecution = new Map<string, number>();

  /** The timeout of this execution: the one that it was first seen with. */
  of(executionId: string, asked: number): number {
    const first = this.#byExecution.get(executionId);
    if (first !== undefined) return first;
    this.#byExecution.set(executionId, asked);
    const [oldest] = this.#byExecution.keys();
    if (this.#byExecution.size > MAX_REMEMBERED && oldest !== undefined) this.#byExecution.delete(oldest);
    return asked;
  }
}
