import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers who asks whether this process lives (`/healthz`) and takes work (`/readyz`): orchestrators, which have no token, and call it by
 * whatever address they know. They learn nothing else. Gives false for any other request.
 */
export function answerHealth({ method, url }: IncomingMessage, res: ServerResponse, isReady: boolean): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || (url !== '/healthz' && url !== '/readyz')) return false;
  const isWell = url === '/healthz' || isReady;
  res.writeHead(isWell ? 200 : 503, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
  res.end(isWell ? 'ok\n' : 'closing\n');
  return true;
}
