import type { Logger } from '@errand/core';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Principal } from '../principal.ts';
import { TokenFault } from '../token-fault.ts';
import type { CheckedJwtOptions } from './jwt-options.ts';
import { keySet } from './key-set.ts';
import { scopeOf, scopesIn } from './scopes.ts';

/** A principal of an issuer, who brought a token for one of these. */
export interface JwtPrincipal extends Principal {
  readonly audience: readonly string[];
}

/**
 * Gives a verifier of an issuer's access tokens.
 *
 * @throws TokenFault from it, where a token lets nobody in
 */
export function jwtVerifier(options: CheckedJwtOptions, logger: Logger): (token: string) => Promise<JwtPrincipal> {
  const keys = keySet(options);
  const { issuer, algorithms, clockToleranceMs } = options;
  const wanted = {
    issuer,
    algorithms: [...algorithms],
    requiredClaims: ['sub', 'exp', 'aud'],
    clockTolerance: clockToleranceMs / 1_000,
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, wanted);
      return principalOf(payload, options);
    } catch (error) {
      throw error instanceof TokenFault ? error : toTokenFault(error, logger);
    }
  };
}

function principalOf(payload: JWTPayload, { issuer, requiredScopes, tenantClaim }: CheckedJwtOptions): JwtPrincipal {
  const { sub, aud = [], exp, [tenantClaim]: tenant } = payload;
  if (typeof sub !== 'string' || sub === '' || sub.length > 512) throw new TokenFault('invalid', 'The token names nobody');
  if (typeof tenant !== 'string' || tenant === '' || tenant.length > 256) throw new TokenFault('invalid', 'The token names no tenant');
  const scopes = scopesIn(payload);
  if (!requiredScopes.every((scope) => scopes.includes(scope)))
    throw new TokenFault('insufficient', 'The token has not all of the scopes that are needed', { scopes: requiredScopes });
  return {
    // No name of another token looks like that, and no two of these are equal.
    name: JSON.stringify([issuer, sub]),
    tenant,
    expiresAt: exp,
    audience: [aud].flat(),
    ...scopeOf(scopes),
  };
}

function toTokenFault(error: unknown, logger: Logger): TokenFault {
  if (error instanceof errors.JWTExpired) return new TokenFault('expired', 'The token has expired', { cause: error });
  const isFetch = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || !isOfToken(error);
  if (!isFetch) return new TokenFault('invalid', 'The token is not for this server', { cause: error });
  logger.error({ fault: error instanceof Error ? error.message : String(error) }, "The issuer's keys cannot be had");
  return new TokenFault('unavailable', 'Tokens cannot be verified now', { cause: error });
}

/** Whatever else there is comes from asking for keys, or from keys that are none. */
function isOfToken(error: unknown): boolean {
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
}
