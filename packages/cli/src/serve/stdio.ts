import { isatty } from 'node:tty';
import type { Executor } from '@errand/core';
import { UsageError } from '../usage-error.ts';
import type { Server } from './server.ts';

/** Serves the MCP client that started this process. `closed` rejects with a UsageError where the client had to be given up. */
export async function serveOverStdio(executor: Executor): Promise<Server> {
  const { serveStdio } = await import('@errand/mcp-adapter');
  if (isatty(0)) console.error('errand: serving MCP on stdin and stdout, which is for a client that starts this command; Ctrl-C ends it.');
  let expected = false;
  // A client that goes may be noticed here first. Node's stdout keeps no trace of a failed write.
  process.stdout.once('error', () => {
    expected = true;
  });
  const server = serveStdio(executor);
  const closed = server.closed.then(() => {
    if (expected || process.stdin.readableEnded || process.stdin.destroyed) return;
    throw new UsageError('--stdio: the client broke the protocol, so the connection was ended.');
  });
  const close = (): Promise<void> => {
    expected = true;
    return server.close();
  };
  return { closed, close };
}
