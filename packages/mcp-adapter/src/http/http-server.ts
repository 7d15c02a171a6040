import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { closer } from '../closing.ts';
import { faultReporter } from '../log.ts';
import { mcpServerFactory } from '../mcp-server.ts';
import { refuseUnknownOptions } from '../refuse-unknown-options.ts';
import type { Targets } from '../targets.ts';
import { OFFERED_OPTIONS } from '../tool-options.ts';
import { Toolset } from '../toolset.ts';
import { makeAdmit } from './admission.ts';
import { admittedOf, tenantOf, toAuthInfo } from './admitted.ts';
import { makeApp } from './app.ts';
import { makeAuthenticate } from './authentication.ts';
import { makeGate } from './gate.ts';
import { answerHealth } from './health.ts';
import { type CheckedHttpOptions, checkHttpOptions, reachableHost, type ServeHttpOptions } from './http-options.ts';
import { listen } from './listen.ts';
import { OpenResponses } from './open-responses.ts';
import { RateLimits } from './rate-limits.ts';
import { readBody } from './read-body.ts';
import { tooMany } from './refusal.ts';
import { pathOf } from './resource.ts';
import type { HttpServer } from './serve-http.ts';
import { Sessions } from './sessions.ts';

/** How long a closing server lets clients take what was answered. */
const SEND_MS = 1_000;

/** As `serveHttp` says. */
export async function startHttpServer(executors: Targets, options: ServeHttpOptions): Promise<HttpServer> {
  const checked = checkHttpOptions(options);
  const toolset = new Toolset(executors, { ...options, tenant: tenantOf }, checked.logger);
  const makeServer = mcpServerFactory(options, toolset);
  const onerror = faultReporter(checked.logger);
  const maxRequestBodySize = checked.maxBodyBytes;
  const sessions = new Sessions(makeServer, checked);
  const limits = new RateLimits(checked.requestsPerMinute);
  // A stream has a heartbeat every 15 s, so that it outlives the minutes after which clients and proxies give up.
  const modern = createMcpHandler(({ authInfo }) => makeServer(admittedOf(authInfo).view, { era: 'modern', authInfo }), {
    legacy: 'reject',
    responseMode: 'sse',
    maxRequestBodySize,
    onerror,
  });
  const fetch: typeof modern.fetch = async (received, given) => {
    const { request, body: parsedBody } = await readBody(received);
    const wait = await limits.batch(admittedOf(given?.authInfo).caller, parsedBody);
    if (wait !== undefined) return tooMany(wait);
    return (await isLegacyRequest(request, parsedBody, { maxRequestBodySize }))
      ? await sessions.fetch(request, { ...given, parsedBody })
      : await modern.fetch(request, { ...given, parsedBody });
  };

  const handle = toNodeHandler({ fetch }, { maxRequestBodySize, onerror });
  const authenticate = makeAuthenticate(checked);
  const responses = new OpenResponses(authenticate);
  const app = makeApp({
    options: checked,
    limits,
    admit: makeAdmit(authenticate, toolset, checked),
    serve: ({ incoming, outgoing }, admitted, token) => {
      outgoing.shouldKeepAlive = true;
      responses.add(outgoing, token);
      const session = incoming.headers['mcp-session-id'];
      if (typeof session === 'string') sessions.hold(session, admitted, outgoing);
      // Under exactOptionalPropertyTypes the SDK's type of a request is not met by Node's own.
      const request = Object.assign(incoming as NodeIncomingMessageLike, { auth: toAuthInfo(admitted) });
      handle(request, outgoing).catch((error: Error) => {
        onerror(error);
        outgoing.destroy();
      });
    },
  });
  const passes = makeGate(checked);
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false, autoCleanupIncoming: false });
  let isReady = true;
  const httpServer = createServer(timeoutsOf(checked), (req, res) => {
    if (answerHealth(req, res, isReady)) return;
    if (passes(req, res)) void answer(req, res);
  });
  const port = await listen(httpServer, checked.host, checked.port);

  const { promise: closed, resolve: setClosed } = Promise.withResolvers<void>();
  const close = closer({
    drain: async (patience) => {
      isReady = false;
      await toolset.drain(patience);
    },
    end: async () => {
      isReady = false;
      const stopped = stopListening(httpServer);
      await toolset.close();
      await Promise.all([modern.close(), sessions.close()]);
      await responses.sent(SEND_MS);
      httpServer.closeAllConnections();
      await stopped;
      setClosed();
    },
  });
  return {
    url: `http://${reachableHost(checked.host)}:${port}${pathOf(undefined)}`,
    port,
    closed,
    close,
    update: (targets, offered = {}) => {
      refuseUnknownOptions(offered, OFFERED_OPTIONS);
      // A stream of a client without a session has no server of its own.
      if (toolset.update(targets, offered)) modern.notify.toolsChanged();
    },
    released: (executor) => toolset.released(executor),
    [Symbol.asyncDispose]: () => close(),
  };
}

/** Who sends slowly holds a connection no longer than that. */
function timeoutsOf({ bodyTimeoutMs }: CheckedHttpOptions): ServerOptions {
  return {
    requestTimeout: bodyTimeoutMs,
    headersTimeout: Math.min(bodyTimeoutMs, 10_000),
    connectionsCheckingInterval: Math.min(Math.ceil(bodyTimeoutMs / 4), 5_000),
  };
}

async function stopListening(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
