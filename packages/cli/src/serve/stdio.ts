import type { Executor } from '@errand/core';
import type { Server } from './server.ts';

/** Serves the MCP client that started this process. */
export async function serveOverStdio(executor: Executor): Promise<Server> {
  const { serveStdio } = await import('@errand/mcp-adapter');
  return serveStdio(executor);
}
