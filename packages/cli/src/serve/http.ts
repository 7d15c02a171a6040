import type { Executor } from '@errand/core';
import type { ListenAddress } from '../listen-address.ts';
import type { Server } from './server.ts';
import { readOrMakeToken } from './token.ts';

/** Serves MCP clients that have the token, and says on stderr where. */
export async function serveOverHttp(executor: Executor, { host, port }: ListenAddress): Promise<Server> {
  const [{ serveHttp }, token] = await Promise.all([import('@errand/mcp-adapter'), readOrMakeToken()]);
  const server = await serveHttp(executor, { host, port, token: token.value });
  // The token itself stays in its file.
  console.error(`errand: serving MCP at ${server.url} (bearer token: ${token.file})`);
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  return {
    closed,
    close: async () => {
      await server.close().then(resolve, reject);
    },
  };
}
