import { isJSONRPCNotification, isJSONRPCRequest, isJSONRPCResponse, type RequestId } from '@modelcontextprotocol/server';

/** What a request is told whose id another one has that is not answered. The SDK would lose sight of the first. */
export const ID_IN_FLIGHT = 'Invalid Request: a request with this id is in flight';

/** The requests of one connection or session that have no answer yet. */
export class RequestsInFlight {
  readonly #ids = new Set<RequestId>();

  get size(): number {
    return this.#ids.size;
  }

  /** Counts a request in; false when there is one with its id already. Any other message may end one, and gives true. */
  received(message: unknown): boolean {
    // Has no answer until the connection ends.
    if (isJSONRPCRequest(message) && message.method !== 'subscriptions/listen') {
      if (this.#ids.has(message.id)) return false;
      this.#ids.add(message.id);
    }
    // Nobody answers what was cancelled.
    if (isJSONRPCNotification(message) && message.method === 'notifications/cancelled') this.#delete(message.params?.['requestId']);
    return true;
  }

  /** Counts a request out whose answer this is. */
  sent(message: unknown): void {
    if (isJSONRPCResponse(message)) this.#delete(message.id);
  }

  /** Counts a request out that will have no answer. */
  dropped(message: unknown): void {
    if (isJSONRPCRequest(message)) this.#delete(message.id);
  }

  #delete(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#ids.delete(id);
  }
}
