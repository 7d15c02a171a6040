import type { Logger } from '@errand/core';
import type { CheckedHttpOptions } from './http-options.ts';
import { jwtVerifier } from './jwt/jwt-verifier.ts';
import { knownCallers } from './known-tokens.ts';
import { type Caller, checkPrincipal } from './principal.ts';
import { TokenFault } from './token-fault.ts';

/**
 * Gives who brings a token.
 *
 * @throws TokenFault where it lets nobody in
 */
export type Authenticate = (token: string) => Promise<Caller>;

/** Asks each way in turn that the options have. */
export function makeAuthenticate({ tokens, verifyToken, jwt, logger }: CheckedHttpOptions): Authenticate {
  const known = knownCallers(tokens);
  const verifyJwt = jwt && jwtVerifier(jwt, logger);
  return async (token) => {
    const caller = known(token) ?? (verifyToken && (await verified(verifyToken, token, logger)));
    if (caller) return notExpired(caller);
    if (verifyJwt && looksLikeJwt(token)) return await verifyJwt(token);
    throw new TokenFault('invalid', "The token is not this server's");
  };
}

async function verified(
  verifyToken: NonNullable<CheckedHttpOptions['verifyToken']>,
  token: string,
  logger: Logger,
): Promise<Caller | undefined> {
  try {
    const principal = await verifyToken(token);
    return principal && checkPrincipal(principal);
  } catch (error) {
    // What it says is not ours, and may quote what it was given.
    const says = (error instanceof Error ? error.message : String(error)).replaceAll(token, 'TOKEN').replace(/\s+/g, ' ').slice(0, 300);
    logger.error({ fault: says }, 'Tokens cannot be verified');
    throw new TokenFault('unavailable', 'Tokens cannot be verified now', { cause: error });
  }
}

function notExpired(caller: Caller): Caller {
  if (caller.expiresAt === undefined || Date.now() < caller.expiresAt * 1_000) return caller;
  throw new TokenFault('expired', 'The token has expired');
}

function looksLikeJwt(token: string): boolean {
  return token.split('.').length === 3;
}
