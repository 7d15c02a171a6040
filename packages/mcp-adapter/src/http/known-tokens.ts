import { hash, timingSafeEqual } from 'node:crypto';
import { invalidOption } from '@errand/core/checks';
import type { Caller } from './principal.ts';

const TOKEN = /^[\w\-.~+/=]{16,4096}$/;
const TOKEN_ALLOWED = '16 … 4096 letters, digits and -._~+/=';

/** A secret, and the name of who brings it; that of option `token` has none. */
export interface KnownToken {
  readonly name?: string;
  readonly token: string;
}

/**
 * The tokens of the options.
 *
 * @throws ExecError `EXEC_INVALID_OPTION` that names the option; never with a token in it.
 */
export function checkTokens(token: unknown, tokens: unknown): readonly KnownToken[] {
  const named = tokens === undefined ? [] : checkNamed(tokens);
  if (token === undefined) return named;
  if (!isToken(token)) throw invalidOption('token', 'it is too short, or holds other characters', TOKEN_ALLOWED);
  const all = [{ token }, ...named];
  if (new Set(all.map((known) => known.token)).size < all.length)
    throw invalidOption('tokens', 'one is that of option token', 'tokens that differ');
  return all;
}

/** Gives whose a token is. All are looked at, so that the time tells nothing. */
export function knownCallers(tokens: readonly KnownToken[]): (token: string) => Caller | undefined {
  const known = tokens.map(({ name, token }) => ({ caller: { name, tenant: name }, digest: digest(token) }));
  return (token) => {
    const wanted = digest(token);
    const [found] = known.filter((one) => timingSafeEqual(wanted, one.digest));
    return found?.caller;
  };
}

// Digests have one length, so that comparing them tells nothing of the token's.
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function checkNamed(tokens: unknown): { readonly name: string; readonly token: string }[] {
  const entries: [string, unknown][] =
    typeof tokens === 'object' && tokens !== null && !Array.isArray(tokens) ? Object.entries(tokens) : [];
  if (entries.length === 0) throw invalidOption('tokens', 'there is none in it', 'an object with a token for each name');
  const named = entries.map(([name, token]) => {
    if (name === '' || name.length > 256) throw invalidOption('tokens', 'a name is empty or too long', 'names of 1 … 256 characters');
    if (!isToken(token)) throw invalidOption('tokens', `that of '${name}' is too short, or holds other characters`, TOKEN_ALLOWED);
    return { name, token };
  });
  const byToken = new Map(named.map(({ name, token }) => [token, name]));
  const twice = named.find(({ name, token }) => byToken.get(token) !== name);
  if (twice) throw invalidOption('tokens', `'${twice.name}' and '${byToken.get(twice.token)}' have the same one`, 'tokens that differ');
  return named;
}

function isToken(token: unknown): token is string {
  return typeof token === 'string' && TOKEN.test(token);
}
