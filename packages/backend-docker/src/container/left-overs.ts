import type { DockerClient } from '../docker-client.ts';
import { isLeftOver, OWNER_LABEL } from './owner.ts';

/** What others left on one daemon: it is removed once. */
export class LeftOvers {
  readonly #client: DockerClient;
  #hasSwept = false;

  constructor(client: DockerClient) {
    this.#client = client;
  }

  /** It is not worth a command that a removal fails. */
  async sweep(signal: AbortSignal): Promise<void> {
    if (this.#hasSwept) return;
    const found = await this.#client.labelled(OWNER_LABEL, signal);
    this.#hasSwept = true;
    const left = found.filter(({ labels, status }) => isLeftOver(labels, status));
    await Promise.all(left.map(({ id }) => this.#client.remove(id, signal).catch(() => {})));
  }
}
