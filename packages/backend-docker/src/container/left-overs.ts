import type { DockerClient } from '../docker-client.ts';
import { isLeftOver, OWNER_LABEL } from './owner.ts';

/** How often it is looked for. */
const SWEEP_MS = 600_000;
/** For a daemon to answer. */
const ANSWER_MS = 10_000;

/** What others left on one daemon, and what could not be removed when it was to be: that goes before anything is made. */
export class LeftOvers {
  readonly #client: DockerClient;
  readonly #own = new Set<string>();
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(client: DockerClient) {
    this.#client = client;
  }

  /** One of this process that is to go. */
  add(id: string): void {
    this.#own.add(id);
  }

  /** Tries once more what failed before. Never rejects. */
  async removeOwn(signal: AbortSignal): Promise<void> {
    const removed = [...this.#own].map(async (id) => {
      await this.#remove(id, signal);
      // A daemon that was stopped on its way goes on with it when it is there again.
      await this.#client.whenRemoved(id, signal).catch(() => {});
    });
    await Promise.all(removed);
  }

  /** It is not worth a command that a daemon refuses it. */
  async sweep(given: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([given, AbortSignal.timeout(ANSWER_MS)]);
    const others = performance.now() - this.#sweptAt > SWEEP_MS ? await this.#others(signal).catch(() => []) : [];
    await Promise.all([...this.#own, ...others].map((id) => this.#remove(id, signal)));
    // Who has no daemon is told by what is asked of it next.
    given.throwIfAborted();
  }

  async #others(signal: AbortSignal): Promise<string[]> {
    const found = await this.#client.labelled(OWNER_LABEL, signal);
    this.#sweptAt = performance.now();
    return found.filter(isLeftOver).map(({ id }) => id);
  }

  async #remove(id: string, signal: AbortSignal): Promise<void> {
    await this.#client.remove(id, signal).then(
      () => this.#own.delete(id),
      () => {},
    );
  }
}
