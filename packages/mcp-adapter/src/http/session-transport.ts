import { type JSONRPCMessage, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { ID_IN_FLIGHT, RequestsInFlight } from '../requests-in-flight.ts';
import { refusal } from './refusal.ts';

/** Who sends a request, and what: `parsedBody` is absent where that is no JSON. */
export type HandleOptions = NonNullable<Parameters<WebStandardStreamableHTTPServerTransport['handleRequest']>[1]>;
type SendOptions = Parameters<WebStandardStreamableHTTPServerTransport['send']>[1];

/** The SDK's transport of one session, which refuses a request whose id is in flight: it would take the first one's answer. */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #inFlight = new RequestsInFlight();

  override async handleRequest(request: Request, options: HandleOptions = {}): Promise<Response> {
    const { parsedBody } = options;
    if (parsedBody === undefined) return await super.handleRequest(request, options);
    const messages: readonly unknown[] = Array.isArray(parsedBody) ? parsedBody : [parsedBody];
    const refused = messages.findIndex((message) => !this.#inFlight.received(message));
    if (refused >= 0) {
      for (const message of messages.slice(0, refused)) this.#inFlight.dropped(message);
      return refusal(400, -32_600, ID_IN_FLIGHT);
    }
    const response = await super.handleRequest(request, options);
    if (!response.ok) for (const message of messages) this.#inFlight.dropped(message);
    return response;
  }

  override async send(message: JSONRPCMessage, options?: SendOptions): Promise<void> {
    this.#inFlight.sent(message);
    await super.send(message, options);
  }
}
