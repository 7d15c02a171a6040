import type { IncomingMessage } from 'node:http';
import { invalidOption } from '@errand/core/checks';
import type { NodeIncomingMessageLike } from '@modelcontextprotocol/node';
import type { AuthInfo } from '../auth-info.ts';

const TOKEN = /^[\w\-.~+/=]{16,4096}$/;
const TOKEN_ALLOWED = '16 … 4096 letters, digits and -._~+/=';

/** A secret, and the name of who brings it; that of option `token` has none. */
export interface Principal {
  readonly name?: string;
  readonly token: string;
}

/** @throws ExecError `EXEC_INVALID_OPTION` that names the option; never with a token in it. */
export function checkPrincipals(token: unknown, tokens: unknown): readonly Principal[] {
  const named = tokens === undefined ? [] : checkNamed(tokens);
  if (token === undefined && named.length > 0) return named;
  if (!isToken(token)) throw invalidOption('token', 'it is missing, too short, or holds other characters', TOKEN_ALLOWED);
  const all = [{ token }, ...named];
  if (new Set(all.map((principal) => principal.token)).size < all.length)
    throw invalidOption('tokens', 'one is that of option token', 'tokens that differ');
  return all;
}

function checkNamed(tokens: unknown): { readonly name: string; readonly token: string }[] {
  const entries: [string, unknown][] =
    typeof tokens === 'object' && tokens !== null && !Array.isArray(tokens) ? Object.entries(tokens) : [];
  if (entries.length === 0) throw invalidOption('tokens', 'there is none in it', 'an object with a token for each name');
  const principals = entries.map(([name, token]) => {
    if (name === '' || name.length > 256) throw invalidOption('tokens', 'a name is empty or too long', 'names of 1 … 256 characters');
    if (!isToken(token)) throw invalidOption('tokens', `that of '${name}' is too short, or holds other characters`, TOKEN_ALLOWED);
    return { name, token };
  });
  const byToken = new Map(principals.map(({ name, token }) => [token, name]));
  const twice = principals.find(({ name, token }) => byToken.get(token) !== name);
  if (twice) throw invalidOption('tokens', `'${twice.name}' and '${byToken.get(twice.token)}' have the same one`, 'tokens that differ');
  return principals;
}

function isToken(token: unknown): token is string {
  return typeof token === 'string' && TOKEN.test(token);
}

/** The request, with who sent it for the tools. The token stays here: the SDK wants one, and nobody reads it. */
export function withAuthInfo(req: IncomingMessage, { name }: Principal): NodeIncomingMessageLike {
  // Under exactOptionalPropertyTypes the SDK's type of a request is not met by Node's own.
  const request = req as NodeIncomingMessageLike;
  return name === undefined ? request : Object.assign(request, { auth: { token: '', clientId: name, scopes: [] } });
}

/** The name of who sent a request: the tenant of its commands, and the owner of its session. */
export function nameOf(authInfo: AuthInfo | undefined): string | undefined {
  return authInfo?.clientId;
}
