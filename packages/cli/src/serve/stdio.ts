import { isatty } from 'node:tty';
import type { Target } from '@errand/mcp-adapter';
import type { Server } from './server.ts';

/** Serves the MCP client that started this process. */
export async function serveOverStdio(targets: readonly Target[]): Promise<Server> {
  const { serveStdio } = await import('@errand/mcp-adapter');
  if (isatty(0)) console.error('errand: serving MCP on stdin and stdout, which is for a client that starts this command; Ctrl-C ends it.');
  return serveStdio(targets);
}
