import type { Executor, Logger } from '@errand/core';
import { serveStdio as serveSdkStdio } from '@modelcontextprotocol/server/stdio';
import { type CloseOptions, closer } from './closing.ts';
import { faultReporter, stderrLogger } from './log.ts';
import { mcpServerFactory } from './mcp-server.ts';
import { refuseUnknownOptions } from './refuse-unknown-options.ts';
import { IDENTITY_OPTIONS, type ServerIdentity } from './server-identity.ts';
import { StdioTransport } from './stdio-transport.ts';
import type { Targets } from './targets.ts';
import { OFFERED_OPTIONS, type OfferedOptions, TOOL_OPTIONS, type ToolOptions } from './tool-options.ts';
import { Toolset } from './toolset.ts';

/** How long a closing server lets its client take what was answered. */
const SEND_MS = 1_000;

/** Options of `serveStdio`. */
export interface ServeStdioOptions extends ToolOptions, ServerIdentity {
  /** Is told of commands by their execution ids (info), and of faults. Default: warnings and errors to stderr. It must not write to stdout, which is the protocol's. */
  readonly logger?: Logger;
}

/** A server on this process's stdin and stdout. */
export interface StdioServer extends AsyncDisposable {
  /**
   * Resolves when the client closed stdin (or `close()` was called), every command that it had started has ended (outcome
   * `cancelled`), and the client was told, for which it has 1 s. What a client does not read is still in stdout's buffer then
   * and keeps Node alive: a process that shall end calls `process.exit()`.
   *
   * Rejects with `EXEC_CLOSED` when a message of more than 10 MiB (10,485,760 bytes), or a fault of stdin or stdout, ended the
   * connection; commands have ended then, too. It is never an unhandledRejection.
   */
  readonly closed: Promise<void>;
  /**
   * Ends what runs (outcome `cancelled`, which the client is still told), then the connection. The executors stay open. With `drainMs` the
   * end of stdin ends that time, too. Rejects for a bad option alone.
   */
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
 * Serves Errand's tools to the MCP client on stdin and stdout, of a 2025-era revision or of 2026-07-28. Nothing else in this
 * process may write to stdout. A message may have 10 MiB; a longer one ends the connection. Signals are the caller's: on SIGTERM, call `close()`.
 *
 * @example
 * await using executor = localExecutor();
 * await serveStdio(executor).closed;
 *
 * @throws ExecError `EXEC_INVALID_OPTION` that names the option.
 */
export function serveStdio(executors: Targets, options: ServeStdioOptions = {}): StdioServer {
  refuseUnknownOptions(options, [...TOOL_OPTIONS, ...IDENTITY_OPTIONS, 'logger']);
  const { logger = stderrLogger } = options;
  const toolset = new Toolset(executors, options, logger);
  const makeServer = mcpServerFactory(options, toolset);
  const report = faultReporter(logger);
  const transport = new StdioTransport(process.stdin, process.stdout);
  const connection = serveSdkStdio(({ era }) => makeServer(toolset.whole, { era }), { transport, onerror: report });
  const close = closer({
    drain: (patience) => toolset.drain(patience),
    end: async () => {
      transport.endInput();
      await toolset.close();
      await transport.allSent(SEND_MS);
      await connection.close();
    },
  });
  const closed = transport.inputEnd.then(async (fault) => {
    await close();
    if (fault !== undefined) throw fault;
  });
  closed.catch(() => {});
  return {
    closed,
    close,
    update: (targets, offered = {}) => {
      refuseUnknownOptions(offered, OFFERED_OPTIONS);
      toolset.update(targets, offered);
    },
    released: (executor) => toolset.released(executor),
    [Symbol.asyncDispose]: () => close(),
  };
}
