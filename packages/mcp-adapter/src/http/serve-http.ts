import type { Executor } from '@errand/core';
import type { CloseOptions } from '../closing.ts';
import type { Targets } from '../targets.ts';
import type { OfferedOptions } from '../tool-options.ts';
import type { ServeHttpOptions } from './http-options.ts';

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
  // What serves HTTP is a third of all that this package stands on, and who serves over stdio needs none of it.
  const { startHttpServer } = await import('./http-server.ts');
  return await startHttpServer(executors, options);
}
