import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OpenResponses } from './open-responses.ts';

const letIn = async (): Promise<{ name: string }> => ({ name: 'anybody' });
const LONGER_THAN_SOCKETS_KEEP = Buffer.alloc(32 * 1024 ** 2, 'x');

const server = createServer();
beforeEach(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});

/** A request whose response is begun, and nothing read of. */
async function begin(responses: OpenResponses): Promise<[ServerResponse, IncomingMessage]> {
  const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  const answered = once(get({ port: (server.address() as AddressInfo).port, agent: false }), 'response') as Promise<[IncomingMessage]>;
  const [, response] = await asked;
  responses.add(response, 'a token');
  response.flushHeaders();
  return [response, (await answered)[0]];
}

test('it waits until a slow reader has taken the whole response', async () => {
  const responses = new OpenResponses(letIn);
  const [response, received] = await begin(responses);
  response.end(LONGER_THAN_SOCKETS_KEEP);
  const finished = responses.sent(30_000).then(() => response.writableFinished);
  const body = await buffer(received);
  expect(await finished).toBe(true);
  expect(body.equals(LONGER_THAN_SOCKETS_KEEP)).toBe(true);
});

test('it waits no longer than its bound for a reader that takes nothing', async () => {
  const responses = new OpenResponses(letIn);
  const [response, received] = await begin(responses);
  response.end(LONGER_THAN_SOCKETS_KEEP);
  await responses.sent(50);
  expect(response.writableFinished).toBe(false);
  received.destroy();
});

test('with nothing open it resolves at once, also after a client left', async () => {
  const responses = new OpenResponses(letIn);
  const [response, received] = await begin(responses);
  received.destroy();
  await once(response, 'close');
  await responses.sent(2_147_483_647);
});
