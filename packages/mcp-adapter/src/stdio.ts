import type { Logger } from '@errand/core';
import { StdioServerTransport, serveStdio as serveSdkStdio } from '@modelcontextprotocol/server/stdio';
import { refuseUnknownOptions } from './invalid-option.ts';
import { faultReporter, stderrLogger } from './log.ts';
import { mcpServerFactory } from './mcp-server.ts';
import { IDENTITY_OPTIONS, type ServerIdentity } from './server-identity.ts';
import type { Targets } from './targets.ts';
import { TOOL_OPTIONS, type ToolOptions } from './tool-options.ts';
import { Toolset } from './toolset.ts';

/** Options of `serveStdio`. */
export interface ServeStdioOptions extends ToolOptions, ServerIdentity {
  /** Default: warnings and errors to stderr. It must not write to stdout, which is the protocol's. */
  readonly logger?: Logger;
}

/** A server on this process's stdin and stdout. */
export interface StdioServer extends AsyncDisposable {
  /** Resolves when the client closed stdin (or `close()` was called) and every command that it had started has ended. */
  readonly closed: Promise<void>;
  /** Ends what runs (outcome `cancelled`, which the client is still told), then the connection. The executors stay open. */
  close(): Promise<void>;
}

/**
 * Serves Errand's tools to the MCP client on stdin and stdout, of a 2025-era revision or of 2026-07-28. Nothing else in this
 * process may write to stdout. Signals are the caller's: on SIGTERM, call `close()`.
 *
 * @example
 * await using executor = localExecutor();
 * await serveStdio(executor).closed;
 *
 * @throws ExecError `EXEC_INVALID_OPTION` that names the option.
 */
export function serveStdio(executors: Targets, options: ServeStdioOptions = {}): StdioServer {
  refuseUnknownOptions(options, [...TOOL_OPTIONS, ...IDENTITY_OPTIONS, 'logger']);
  const toolset = new Toolset(executors, options);
  const report = faultReporter(options.logger ?? stderrLogger);
  const transport = new ObservedTransport();
  const connection = serveSdkStdio(mcpServerFactory(toolset, options), { transport, onerror: report });
  const closed = transport.closed.then(() => toolset.close());
  const close = async (): Promise<void> => {
    await toolset.close();
    await connection.close();
    await closed;
  };
  return { closed, close, [Symbol.asyncDispose]: close };
}

/** The SDK's transport, which also tells us when it is over. */
class ObservedTransport extends StdioServerTransport {
  readonly #closed = Promise.withResolvers<void>();

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#closed.resolve();
  }
}
