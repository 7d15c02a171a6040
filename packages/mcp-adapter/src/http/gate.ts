import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostHeaderValidation, originValidation } from '@modelcontextprotocol/node';
import { answerCors } from './cors.ts';
import type { CheckedHttpOptions } from './http-options.ts';

// What is more than name and port would be read as a part of a URL: `user:secret@localhost`, `localhost/path`.
const HOST = /^([\w.-]+|\[[0-9a-f:.]+\])(:\d*)?$/i;
// Whoever is before this server and allows paths must read them as it does: nothing that is encoded, `//`, `.` or `..`.
const PLAIN_PATH = /^\/$|^(\/(?!\.{1,2}(\/|$))[\w.-]+)+$/;
/** Names under which tokens are put into URLs. */
const TOKEN_PARAMETER = /^(access_?token|token|bearer|authorization|api_?key)$/i;

/**
 * Makes the check that each request passes before anything else is done with it: Host and Origin (403), a path as it is written (404), no
 * token in the query (400). It gives false for one that it has answered, e.g. a browser's preflight.
 */
export function makeGate({
  hosts,
  origins,
}: Pick<CheckedHttpOptions, 'hosts' | 'origins'>): (req: IncomingMessage, res: ServerResponse) => boolean {
  const hostIsAllowed = hostHeaderValidation([...hosts]);
  const originIsAllowed = originValidation([...origins]);
  return (req, res) => {
    // The rest of a refused request's body is not read.
    res.shouldKeepAlive = false;
    if (!HOST.test(req.headers.host ?? '')) return refuse(res, 403, 'Invalid Host: it is no name with or without a port');
    if (!hostIsAllowed(req, res) || !originIsAllowed(req, res)) return false;
    if (answerCors(req, res)) return false;
    const [path = '', query = ''] = (req.url ?? '').split(/\?(.*)/s);
    if (hasToken(query)) {
      const message = 'Bad request: a token in the URL is read by others, so take another one. Send Authorization: Bearer TOKEN';
      return refuse(res, 400, message);
    }
    return PLAIN_PATH.test(path) || refuse(res, 404, NOT_FOUND);
  };
}

/** What a path is answered that there is not. */
export const NOT_FOUND = 'Not found: this server answers at /mcp, and at /TARGET/mcp';

function hasToken(query: string): boolean {
  return [...new URLSearchParams(query).keys()].some((name) => TOKEN_PARAMETER.test(name));
}

function refuse(res: ServerResponse, status: number, message: string): false {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32_000, message }, id: null }));
  return false;
}
