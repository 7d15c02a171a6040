import { getOAuthProtectedResourceMetadataUrl, type OAuthProtectedResourceMetadata } from '@modelcontextprotocol/server';
import type { CheckedHttpOptions } from './http-options.ts';

/** The well-known part of the path where metadata of a resource is (RFC 9728). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

type Options = Pick<CheckedHttpOptions, 'jwt' | 'url'>;

/** The path of what a target, or all, are served at. */
export function pathOf(target: string | undefined): string {
  return target === undefined ? '/mcp' : `/${target}/mcp`;
}

/** What clients call it, and tokens are for: by the option, or by the Host of a request, which was allowed. */
function resourceUrl({ url }: Options, host: string, target: string | undefined): URL {
  return new URL(pathOf(target), url ?? `http://${host}`);
}

/** Where a client learns who gives out tokens; nothing where nobody does. */
export function metadataUrl(options: Options, host: string, target: string | undefined): string | undefined {
  return options.jwt && getOAuthProtectedResourceMetadataUrl(resourceUrl(options, host, target));
}

/** What it learns there. That a target is there is not told. */
export function metadataOf(options: Options, host: string, target: string | undefined): OAuthProtectedResourceMetadata | undefined {
  const { jwt } = options;
  if (!jwt) return undefined;
  return {
    resource: resourceUrl(options, host, target).href,
    authorization_servers: [jwt.issuer],
    bearer_methods_supported: ['header'],
    ...(jwt.requiredScopes.length > 0 && { scopes_supported: [...jwt.requiredScopes] }),
  };
}

/** What a token may be for that is brought to a path. */
export function audiencesOf(options: Options, target: string | undefined): readonly string[] {
  const { jwt, url } = options;
  if (jwt?.audience) return jwt.audience;
  if (!url) return [];
  return [undefined, ...(target === undefined ? [] : [target])].map((each) => resourceUrl(options, '', each).href);
}
