import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The same server without a token, for a client that cannot send one. All else passes as it is, Host and Origin too. */
export async function withoutToken(server: {
  readonly url: string;
  readonly token: string;
}): Promise<{ readonly url: string } & AsyncDisposable> {
  const { hostname, port, pathname } = new URL(server.url);
  const proxy = createServer((incoming, response) => {
    const { method, url: path, headers } = incoming;
    const authorization = `Bearer ${server.token}`;
    const outgoing = request({ hostname, port, method, path, headers: { ...headers, authorization }, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${pathname}`,
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
