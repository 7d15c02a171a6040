import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import type { Admit } from './admission.ts';
import type { Admitted } from './admitted.ts';
import { bearerToken, refuseToken, refuseWithout } from './bearer.ts';
import { NOT_FOUND } from './gate.ts';
import type { CheckedHttpOptions } from './http-options.ts';
import type { RateLimits } from './rate-limits.ts';
import { refusal, tooMany } from './refusal.ts';
import { METADATA_PATH, metadataOf, metadataUrl } from './resource.ts';
import { TokenFault } from './token-fault.ts';

const METHODS = ['GET', 'POST', 'DELETE'];
/** As core has the names of executors. */
const TARGET = ':target{[A-Za-z0-9][A-Za-z0-9._-]{0,63}}';

/** What hono hands on of Node. */
export interface NodeBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** What the routes hand requests to. */
export interface AppParts {
  readonly options: CheckedHttpOptions;
  readonly limits: RateLimits;
  readonly admit: Admit;
  /** Answers a request that was let in. */
  readonly serve: (node: NodeBindings, admitted: Admitted, token: string) => void;
}

type AppContext = Context<{ Bindings: NodeBindings }>;

/** What the server answers, and where. Host, Origin and the form of the path were looked at before. */
export function makeApp({ options, limits, admit, serve }: AppParts): Hono<{ Bindings: NodeBindings }> {
  const app = new Hono<{ Bindings: NodeBindings }>();
  const scopes = options.jwt?.requiredScopes ?? [];

  const answer = async (context: AppContext, target: string | undefined): Promise<Response> => {
    const challenge = { metadataUrl: metadataUrl(options, hostOf(context), target), scopes };
    const token = bearerToken(context.req.header('authorization'));
    if (token === undefined) return refuseWithout(challenge);
    try {
      const admitted = await admit(token, target);
      if (!admitted) return refusal(404, -32_000, NOT_FOUND);
      const wait = await limits.request(admitted.caller);
      if (wait !== undefined) return tooMany(wait);
      if (!METHODS.includes(context.req.method)) return refuseMethod();
      // Who has left meanwhile closes nothing any more.
      if (!context.env.outgoing.destroyed) serve(context.env, admitted, token);
      return RESPONSE_ALREADY_SENT;
    } catch (fault) {
      if (!(fault instanceof TokenFault)) throw fault;
      const address = context.env.incoming.socket.remoteAddress ?? '';
      options.logger.info({ kind: fault.kind, address }, 'A token was refused');
      const wait = fault.kind === 'unavailable' ? undefined : await limits.refusal(address);
      return wait === undefined ? refuseToken(fault, challenge) : tooMany(wait);
    }
  };
  const metadata = (context: AppContext, target: string | undefined): Response => {
    const found = metadataOf(options, hostOf(context), target);
    if (!found) return refusal(404, -32_000, NOT_FOUND);
    return context.req.method === 'GET'
      ? Response.json(found)
      : refusal(405, -32_000, 'Method not allowed. Allowed: GET', { allow: 'GET' });
  };

  app.all('/mcp', (context) => answer(context, undefined));
  app.all(`/${TARGET}/mcp`, (context) => answer(context, context.req.param('target')));
  // A client that does not know the path of its server asks at the root.
  app.all(METADATA_PATH, (context) => metadata(context, undefined));
  app.all(`${METADATA_PATH}/mcp`, (context) => metadata(context, undefined));
  app.all(`${METADATA_PATH}/${TARGET}/mcp`, (context) => metadata(context, context.req.param('target')));
  app.notFound(() => refusal(404, -32_000, NOT_FOUND));
  app.onError((error) => {
    options.logger.error({ fault: error.message }, 'A request failed');
    return refusal(500, -32_603, 'Internal error');
  });
  return app;
}

function hostOf(context: AppContext): string {
  return context.req.header('host') ?? '';
}

function refuseMethod(): Response {
  return refusal(405, -32_000, `Method not allowed. Allowed: ${METHODS.join(', ')}`, { allow: METHODS.join(', ') });
}
