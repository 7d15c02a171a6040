import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostHeaderValidation, originValidation } from '@modelcontextprotocol/node';
import { answerCors } from './cors.ts';
import type { CheckedHttpOptions } from './http-options.ts';
import type { Principal } from './principal.ts';

/** Where the server answers. */
export const PATH = '/mcp';
const METHODS = ['GET', 'POST', 'DELETE'];
// What is more than name and port would be read as a part of a URL: `user:secret@localhost`, `localhost/path`.
const HOST = /^([\w.-]+|\[[0-9a-f:.]+\])(:\d*)?$/i;

/**
 * Makes the check that each request passes before anything of its body is read: Host and Origin (403), path (404), bearer
 * token (401), method (405). It gives who sent the request; one for which it gives nobody it has answered, e.g. a browser's preflight.
 */
export function makeGate({
  tokens,
  hosts,
  origins,
}: CheckedHttpOptions): (req: IncomingMessage, res: ServerResponse) => Principal | undefined {
  const hostIsAllowed = hostHeaderValidation([...hosts]);
  const originIsAllowed = originValidation([...origins]);
  const digests = tokens.map((principal) => ({ principal, digest: digest(principal.token) }));
  return (req, res) => {
    // The rest of a refused request's body is not read.
    res.shouldKeepAlive = false;
    if (!HOST.test(req.headers.host ?? '')) return refuse(res, 403, 'Invalid Host: it is no name with or without a port');
    if (!hostIsAllowed(req, res) || !originIsAllowed(req, res)) return undefined;
    if (answerCors(req, res)) return undefined;
    if (req.url?.split('?')[0] !== PATH) return refuse(res, 404, `Not found: this server answers at ${PATH}`);
    const given = bearerToken(req.headers.authorization);
    if (given === undefined) return refuseToken(res, false);
    const wanted = digest(given);
    // All are looked at, so that the time tells nothing either.
    const [found] = digests.filter((known) => timingSafeEqual(wanted, known.digest));
    if (!found) return refuseToken(res, true);
    if (!METHODS.includes(req.method ?? '')) return refuseMethod(res);
    res.shouldKeepAlive = true;
    return found.principal;
  };
}

// Digests have one length, so that comparing them tells nothing of the token's.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

function refuseToken(res: ServerResponse, given: boolean): undefined {
  const error = given ? ', error="invalid_token", error_description="The token is not this server\'s"' : '';
  res.setHeader('www-authenticate', `Bearer realm="errand"${error}`);
  return refuse(res, 401, given ? "Unauthorized: the token is not this server's" : 'Unauthorized: send Authorization: Bearer TOKEN');
}

function refuseMethod(res: ServerResponse): undefined {
  res.setHeader('allow', METHODS.join(', '));
  return refuse(res, 405, `Method not allowed. Allowed: ${METHODS.join(', ')}`);
}

function refuse(res: ServerResponse, status: number, message: string): undefined {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32_000, message }, id: null }));
  return undefined;
}
