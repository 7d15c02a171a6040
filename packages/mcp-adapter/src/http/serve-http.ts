import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { faultReporter } from '../log.ts';
import { mcpServerFactory } from '../mcp-server.ts';
import type { Targets } from '../targets.ts';
import { Toolset } from '../toolset.ts';
import { makeGate, PATH } from './gate.ts';
import { checkHttpOptions, reachableHost, type ServeHttpOptions } from './http-options.ts';
import { listen } from './listen.ts';
import { OpenResponses } from './open-responses.ts';
import { nameOf, withAuthInfo } from './principal.ts';
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
  close(): Promise<void>;
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
  const toolset = new Toolset(executors, { ...options, tenant: nameOf });
  const makeServer = mcpServerFactory(toolset, options);
  const onerror = faultReporter(checked.logger);
  const maxRequestBodySize = checked.maxBodyBytes;
  const sessions = new Sessions(makeServer, checked);
  // A stream has a heartbeat every 15 s, so that it outlives the minutes after which clients and proxies give up.
  const modern = createMcpHandler(makeServer, { legacy: 'reject', responseMode: 'sse', maxRequestBodySize, onerror });
  const fetch: typeof modern.fetch = async (request, given) =>
    (await isLegacyRequest(request, undefined, { maxRequestBodySize }))
      ? await sessions.fetch(request, given?.authInfo)
      : await modern.fetch(request, given);

  const handle = toNodeHandler({ fetch }, { maxRequestBodySize, onerror });
  const passes = makeGate(checked);
  const responses = new OpenResponses();
  const httpServer = createServer((req, res) => {
    const principal = passes(req, res);
    if (!principal) return;
    responses.add(res);
    const session = req.headers['mcp-session-id'];
    if (typeof session === 'string') sessions.hold(session, principal.name, res);
    handle(withAuthInfo(req, principal), res).catch((error: Error) => {
      onerror(error);
      res.destroy();
    });
  });
  const port = await listen(httpServer, checked.host, checked.port);

  const { promise: closed, resolve: setClosed } = Promise.withResolvers<void>();
  const closeAll = async (): Promise<void> => {
    const stopped = stopListening(httpServer);
    await toolset.close();
    await Promise.all([modern.close(), sessions.close()]);
    await responses.sent(SEND_MS);
    httpServer.closeAllConnections();
    await stopped;
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeAll().finally(setClosed);
    return closing;
  };
  return { url: `http://${reachableHost(checked.host)}:${port}${PATH}`, port, closed, close, [Symbol.asyncDispose]: close };
}

async function stopListening(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
