import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Lets a web page whose Origin was found to be allowed read the answer. Gives true for a preflight, which it has answered: that is
 * the browser asking on the page's behalf, and it brings no token.
 */
export function answerCors({ method, headers }: IncomingMessage, res: ServerResponse): boolean {
  const { origin } = headers;
  if (origin === undefined) return false;
  res.setHeader('access-control-allow-origin', origin);
  res.setHeader('access-control-expose-headers', 'mcp-session-id, www-authenticate');
  res.setHeader('vary', 'origin');
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
  res.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
    'access-control-max-age': '600',
  });
  res.end();
  return true;
}
