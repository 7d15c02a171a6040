import { dirname } from 'node:path';
import type { ListenAddress } from '../listen-address.ts';
import type { Served } from './served-targets.ts';
import type { Server } from './server.ts';
import { stateDirectory } from './state-directory.ts';
import type { Token } from './token.ts';
import { readTokens } from './tokens.ts';

const NAMES_TOLD = 10;

/** Where to serve, and by which names beside its own. */
export interface HttpPlace extends ListenAddress {
  readonly allowedHosts: readonly string[];
}

/** Serves MCP clients that have a token, and says on stderr where. */
export async function serveOverHttp({ targets, options }: Served, { host, port, allowedHosts }: HttpPlace): Promise<Server> {
  const [{ serveHttp }, found] = await Promise.all([import('@errand/mcp-adapter'), readTokens()]);
  const named = found.flatMap(({ name, value }) => (name === undefined ? [] : [[name, value] as const]));
  const own = found.find(({ name }) => name === undefined);
  const server = await serveHttp(targets, {
    ...options,
    stateDirectory: stateDirectory(),
    host,
    port,
    allowedHosts,
    ...(own && { token: own.value }),
    ...(named.length > 0 && { tokens: Object.fromEntries(named) }),
  });
  // The tokens themselves stay in their files.
  tellTenants(found);
  console.error(`errand: serving MCP at ${server.url} (bearer token: ${found[0].file})`);
  if (!isLoopback(host)) {
    console.error(
      `errand: warning: others can reach ${host}, and this is plain HTTP: put a proxy with TLS before it, lest the token be read.`,
    );
  }
  return server;
}

/** Whose tokens are taken, where they have names. */
function tellTenants(tokens: readonly Token[]): void {
  const named = tokens.filter(({ name }) => name !== undefined);
  const [first] = named;
  if (!first) return;
  const names = named.slice(0, NAMES_TOLD).map(({ name }) => name);
  const more = named.length > NAMES_TOLD ? ` and ${named.length - NAMES_TOLD} more` : '';
  console.error(`errand: bearer tokens of the tenants ${names.join(', ')}${more}: ${dirname(first.file)}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.[\d.]+$/.test(host);
}
