import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticate } from './authentication.ts';
import { TokenFault } from './token-fault.ts';

/** How often tokens are looked at again whose requests are still being answered. */
const CHECK_MS = 5_000;

/** The responses that are not sent to their end. Those of tokens that let nobody in any more are broken off. */
export class OpenResponses {
  readonly #open = new Map<ServerResponse, string>();
  readonly #authenticate: Authenticate;
  #timer: NodeJS.Timeout | undefined;

  constructor(authenticate: Authenticate) {
    this.#authenticate = authenticate;
  }

  add(response: ServerResponse, token: string): void {
    this.#open.set(response, token);
    this.#timer ??= setInterval(() => void this.#check(), CHECK_MS).unref();
    response.once('close', () => {
      this.#open.delete(response);
      if (this.#open.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  /** Resolves when all are sent, or after `boundMs`: a client that does not read holds nothing up. */
  async sent(boundMs: number): Promise<void> {
    const bound = AbortSignal.timeout(boundMs);
    await Promise.allSettled([...this.#open.keys()].map((response) => once(response, 'close', { signal: bound })));
  }

  async #check(): Promise<void> {
    const byToken = Map.groupBy(this.#open, ([, token]) => token);
    for (const [token, open] of byToken) {
      const fault = await this.#authenticate(token).catch((error: unknown) => error);
      for (const [response] of open) if (isOver(fault, response)) response.destroy();
    }
  }
}

/** A request that came in time is answered, but a stream of notifications has no end of its own. */
function isOver(fault: unknown, { req }: ServerResponse): boolean {
  if (!(fault instanceof TokenFault)) return false;
  return fault.kind === 'invalid' || (fault.kind === 'expired' && isStream(req));
}

/** Of a 2025-era client a GET; of others a request whose header says, which the SDK holds to its body. */
function isStream({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' || headers['mcp-method'] === 'subscriptions/listen';
}
