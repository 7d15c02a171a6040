import type { McpServerLike } from './mcp-server-like.ts';
import { refuseUnknownOptions } from './refuse-unknown-options.ts';
import type { Targets } from './targets.ts';
import { TOOL_OPTIONS, type ToolOptions } from './tool-options.ts';
import { Toolset } from './toolset.ts';

/**
 * Adds Errand's tools (`run_command`, those for its jobs and sessions, `list_targets`) to an MCP server of yours: an `McpServer` of SDK v1
 * (`@modelcontextprotocol/sdk`) or v2 (`@modelcontextprotocol/server`). To be called before the server connects.
 *
 * Disposing what it returns removes the tools, ends the commands and sessions that they have started, but what is in the background, and waits for
 * that. It never closes the executors: they are yours. Registrations that offer the same executor first, as on servers that are made
 * for each request, find one another's jobs, each caller's own.
 *
 * @example
 * const server = new McpServer({ name: 'mine', version: '1.0.0' });
 * await using executor = localExecutor();
 * await using tools = registerTools(server, executor, { prefix: 'errand_' });
 * await server.connect(new StdioServerTransport());
 *
 * @throws ExecError `EXEC_INVALID_OPTION` for a bad or unknown option, two executors of one name, or a tool name that the server has
 * already; then none was added.
 */
export function registerTools(server: McpServerLike, executors: Targets, options: ToolOptions = {}): AsyncDisposable {
  refuseUnknownOptions(options, TOOL_OPTIONS);
  const toolset = new Toolset(executors, options);
  const added = toolset.whole.addTo(server);
  return {
    async [Symbol.asyncDispose]() {
      added.remove();
      await toolset.close();
    },
  };
}
