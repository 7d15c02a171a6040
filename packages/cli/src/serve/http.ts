import type { Logger } from '@errand/core';
import type { ServeHttpOptions } from '@errand/mcp-adapter';
import type { ListenAddress } from '../listen-address.ts';
import { keeping } from '../tokens/keeping.ts';
import { type LocalToken, localTokenFile, readLocalToken, readOrMakeLocalToken } from '../tokens/local-token.ts';
import { TokenBook } from '../tokens/token-book.ts';
import { listTokens, tokensDirectory } from '../tokens/token-directory.ts';
import type { NamedToken } from '../tokens/token-record.ts';
import { UsageError } from '../usage-error.ts';
import type { Served } from './served-targets.ts';
import type { Server } from './server.ts';
import { makeStateDirectory } from './state-directory.ts';

const NAMES_TOLD = 10;

/** Where to serve, and by which names beside its own. */
export interface HttpPlace extends ListenAddress {
  readonly allowedHosts: readonly string[];
}

/** Serves MCP clients that have a token, and says on stderr where. */
export async function serveOverHttp({ targets, options, http = {} }: Served, place: HttpPlace, logger: Logger): Promise<Server> {
  const { host, port, allowedHosts } = place;
  const { serveHttp } = await import('@errand/mcp-adapter');
  const state = await keeping(makeStateDirectory);
  const named = await keeping(() => listTokens(state));
  const isOpen = named.length > 0 || http.jwt !== undefined;
  const local = await localTokenFor(place, state, isOpen);
  const book = new TokenBook(tokensDirectory(state), (message) => logger.warn({}, message));
  const server = await serveHttp(targets, {
    ...options,
    ...http,
    stateDirectory: state,
    host,
    port,
    allowedHosts: [...(http.allowedHosts ?? []), ...allowedHosts],
    ...(local && { token: local.value }),
    verifyToken: (token) => book.find(token),
    logger,
  } satisfies ServeHttpOptions);
  tellWaysIn(server.url, { named, local, http });
  if (!isLoopback(host)) {
    console.error(
      `errand: warning: others can reach ${host}, and this is plain HTTP: put a proxy with TLS before it, lest the token be read.`,
    );
  }
  return server;
}

/** Where nobody else is let in this user's own clients have one; others reach no server that only that is for. */
async function localTokenFor({ host }: HttpPlace, state: string, isOpen: boolean): Promise<LocalToken | undefined> {
  const value = await keeping(() => readLocalToken(state));
  if (value !== undefined) return { value, file: localTokenFile(state) };
  if (isOpen) return undefined;
  if (isLoopback(host)) return await readOrMakeLocalToken();
  const how = "'errand token create NAME' makes a token, and http.jwt of errand.yaml takes those of an authorization server";
  throw new UsageError(`--http: others can reach ${host}, and there is no way for them to show who they are. ${how}.`);
}

interface WaysIn extends Pick<Served, 'http'> {
  readonly named: readonly NamedToken[];
  readonly local: LocalToken | undefined;
}

/** The tokens themselves are told nowhere. */
function tellWaysIn(url: string, { named, local, http }: WaysIn): void {
  const names = named.slice(0, NAMES_TOLD).map(({ name }) => name);
  const more = named.length > NAMES_TOLD ? ` and ${named.length - NAMES_TOLD} more` : '';
  const ways = [
    ...(local ? [`bearer token: ${local.file}`] : []),
    ...(names.length > 0 ? [`tokens of ${names.join(', ')}${more}`] : []),
    ...(http?.jwt ? [`access tokens of ${http.jwt.issuer}`] : []),
  ];
  console.error(`errand: serving MCP at ${url} (${ways.join('; ')})`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.[\d.]+$/.test(host);
}
