import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** The responses that are not sent to their end. */
export class OpenResponses {
  readonly #open = new Set<ServerResponse>();

  add(response: ServerResponse): void {
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
  }

  /** Resolves when all are sent, or after `boundMs`: a client that does not read holds nothing up. */
  async sent(boundMs: number): Promise<void> {
    const bound = AbortSignal.timeout(boundMs);
    await Promise.allSettled([...this.#open].map((response) => once(response, 'close', { signal: bound })));
  }
}
