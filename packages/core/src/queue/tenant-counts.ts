/** How many of a tenant wait and run. */
export interface Count {
  queued: number;
  running: number;
}

const NONE: Readonly<Count> = { queued: 0, running: 0 };

/** Counts by tenant, of those that have any. */
export class TenantCounts {
  readonly #counts = new Map<string, Count>();

  /** As they are, without a place for them. */
  look(tenant: string): Readonly<Count> {
    return this.#counts.get(tenant) ?? NONE;
  }

  /** To be changed in place. */
  of(tenant: string): Count {
    const known = this.#counts.get(tenant);
    if (known) return known;
    const count = { queued: 0, running: 0 };
    this.#counts.set(tenant, count);
    return count;
  }

  /** To be called once a count may have come to nothing. */
  forget(tenant: string, { queued, running }: Count): void {
    if (queued + running === 0) this.#counts.delete(tenant);
  }

  get all(): (Count & { readonly tenant: string })[] {
    return [...this.#counts].map(([tenant, count]) => ({ tenant, ...count }));
  }
}
