import { isatty } from 'node:tty';
import type { Logger } from '@errand/core';
import type { Served } from './served-targets.ts';
import type { Server } from './server.ts';
import { stateDirectory } from './state-directory.ts';

/** Serves the MCP client that started this process. What it runs is `tenant`'s. */
export async function serveOverStdio({ targets, options }: Served, tenant: string | undefined, logger: Logger): Promise<Server> {
  const { serveStdio } = await import('@errand/mcp-adapter');
  if (isatty(0)) console.error('errand: serving MCP on stdin and stdout, which is for a client that starts this command; Ctrl-C ends it.');
  return serveStdio(targets, { ...options, logger, stateDirectory: stateDirectory(), ...(tenant !== undefined && { tenant }) });
}
