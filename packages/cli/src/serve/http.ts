import type { ListenAddress } from '../listen-address.ts';
import type { Served } from './served-targets.ts';
import type { Server } from './server.ts';
import { readOrMakeToken } from './token.ts';

/** Where to serve, and by which names beside its own. */
export interface HttpPlace extends ListenAddress {
  readonly allowedHosts: readonly string[];
}

/** Serves MCP clients that have the token, and says on stderr where. */
export async function serveOverHttp({ targets, options }: Served, { host, port, allowedHosts }: HttpPlace): Promise<Server> {
  const [{ serveHttp }, token] = await Promise.all([import('@errand/mcp-adapter'), readOrMakeToken()]);
  const server = await serveHttp(targets, { ...options, host, port, allowedHosts, token: token.value });
  // The token itself stays in its file.
  console.error(`errand: serving MCP at ${server.url} (bearer token: ${token.file})`);
  if (!isLoopback(host)) {
    console.error(
      `errand: warning: others can reach ${host}, and this is plain HTTP: put a proxy with TLS before it, lest the token be read.`,
    );
  }
  return server;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.[\d.]+$/.test(host);
}
