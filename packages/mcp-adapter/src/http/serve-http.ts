import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Executor } from '@errand/core';
import { getRequestListener } from '@hono/node-server';
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { type CloseOptions, closer } from '../closing.ts';
import { faultReporter } from '../log.ts';
import { mcpServerFactory } from '../mcp-server.ts';
import { refuseUnknownOptions } from '../refuse-unknown-options.ts';
import type { Targets } from '../targets.ts';
import { OFFERED_OPTIONS, type OfferedOptions } from '../tool-options.ts';
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
import { readBody } from './read-body.ts';
import { pathOf } from './resource.ts';
import { Sessions } from './sessions.ts';

/** How long a closing server lets clients take what was answered. */
const SEND_MS = 1_000;

/** A server that listens. */
export interface HttpServer extends AsyncDisposable {
  /** What a client on this machine connects to. */
  readonly url: string;
  readonly port: number;
  /** Resolves when `close()` was called and everything has ended. */
  readonly closed: Promise<void>;
  /** Ends what runs (outcome `cancelled`, which clients are still told), then all connections. The executors stay open. */
  close(options?: CloseOptions): Promise<void>;
  /**
   * Offers other targets and tools from now on. Clients that are connected are told (`notifications/tools/list_changed`); what runs goes on
   * on the executor where it began, and stays readable. Options that hold for as long as the server lives stay as they are.
   *
   * @throws ExecError `EXEC_INVALID_OPTION` that names the option; then nothing has changed
   */
  update(executors: Targets, options?: OfferedOptions): void;
  /**
   * Resolves when nothing runs any more, but in the background, on an executor that is offered no more, and it may be closed. Its sessions
   * end when nothing runs in them. Never rejects.
   */
  released(executor: Executor): Promise<void>;
}

/**
 * Serves Errand's tools over HTTP to MCP clients that have a token, of 2025-era revisions (each in a session) and of
 * 2026-07-28. By default only this machine can reach it.
 *
 * A client that cancels a request ends its command. A client of 2026-07-28 cancels by closing the response, which looks like
 * a broken connection: with an `idempotency_key` the command then goes on to its end or timeout, and the same call sent
 * again gets its result. A 2025-era client that loses its connection has not cancelled: the command goes on as well.
 *
 * @example
 * await using executor = localExecutor();
 * const server = await serveHttp(executor, { token: randomBytes(32).toString('base64url'), port: 7330 });
 * console.log(server.url); // http://127.0.0.1:7330/mcp
 *
 * @throws ExecError `EXEC_INVALID_OPTION` that names the option, also for a port in use.
 */
export async function serveHttp(executors: Targets, options: ServeHttpOptions): Promise<HttpServer> {
  const checked = checkHttpOptions(options);
  const toolset = new Toolset(executors, { ...options, tenant: tenantOf }, checked.logger);
  const makeServer = mcpServerFactory(options, toolset);
  const onerror = faultReporter(checked.logger);
  const maxRequestBodySize = checked.maxBodyBytes;
  const sessions = new Sessions(makeServer, checked);
  // A stream has a heartbeat every 15 s, so that it outlives the minutes after which clients and proxies give up.
  const modern = createMcpHandler(({ authInfo }) => makeServer(admittedOf(authInfo).view, { era: 'modern', authInfo }), {
    legacy: 'reject',
    responseMode: 'sse',
    maxRequestBodySize,
    onerror,
  });
  const fetch: typeof modern.fetch = async (received, given) => {
    const { request, body: parsedBody } = await readBody(received);
    return (await isLegacyRequest(request, parsedBody, { maxRequestBodySize }))
      ? await sessions.fetch(request, { ...given, parsedBody })
      : await modern.fetch(request, { ...given, parsedBody });
  };

  const handle = toNodeHandler({ fetch }, { maxRequestBodySize, onerror });
  const authenticate = makeAuthenticate(checked);
  const responses = new OpenResponses(authenticate);
  const app = makeApp({
    options: checked,
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
