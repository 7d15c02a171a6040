import { refusal } from './refusal.ts';
import type { TokenFault } from './token-fault.ts';

const STATUS = { invalid: 401, expired: 401, insufficient: 403, unavailable: 503 } as const;

/** The token of a request. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([\w\-.~+/]+=*) *$/i.exec(authorization ?? '')?.[1];
}

/** What a client needs to know to bring a better token. */
export interface Challenge {
  readonly metadataUrl: string | undefined;
  readonly scopes: readonly string[];
}

/** The answer to a request without a token. */
export function refuseWithout(challenge: Challenge): Response {
  return refusal(401, -32_000, 'Unauthorized: send Authorization: Bearer TOKEN', wwwAuthenticate({}, challenge));
}

/** The answer to one whose token lets nobody in. */
export function refuseToken({ kind, message, scopes }: TokenFault, challenge: Challenge): Response {
  const status = STATUS[kind];
  if (status === 503) return refusal(503, -32_000, `${message}: try again later`, { 'retry-after': '5' });
  const error = kind === 'insufficient' ? 'insufficient_scope' : 'invalid_token';
  const wanted = kind === 'insufficient' ? { ...challenge, scopes } : challenge;
  const what = status === 401 ? 'Unauthorized' : 'Forbidden';
  return refusal(status, -32_000, `${what}: ${message}`, wwwAuthenticate({ error, error_description: message }, wanted));
}

/** As RFC 6750 and RFC 9728 have it. */
function wwwAuthenticate(says: Readonly<Record<string, string>>, { metadataUrl, scopes }: Challenge): Record<string, string> {
  const parameters = {
    realm: 'errand',
    ...says,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(metadataUrl !== undefined && { resource_metadata: metadataUrl }),
  };
  const text = Object.entries(parameters).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '')}"`);
  return { 'www-authenticate': `Bearer ${text.join(', ')}` };
}
