import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type Executor, localExecutor } from '@errand/core';
import { type HttpServer, type ServeHttpOptions, serveHttp } from '@errand/mcp-adapter';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { poll } from './mcp/processes.ts';
import { INITIALIZE, openSession, post, runCommand, send } from './mcp/raw-http.ts';

const ALICE = 'alice-has-this-token';
const BOB = 'bob-has-another-token';
const initialize = JSON.stringify({ jsonrpc: '2.0', ...INITIALIZE });
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const PING = { id: 99, method: 'ping' };

let executor: Executor;
beforeAll(() => {
  executor = localExecutor();
});
afterAll(async () => await executor.close());

const serve = (options: Partial<ServeHttpOptions> = {}): Promise<HttpServer> =>
  serveHttp(executor, { tokens: { alice: ALICE, bob: BOB }, ...options });

/** What is answered to text that is sent as it is, until the server hangs up. */
async function answerTo(port: number, sent: string): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(sent);
  return await text(socket);
}

test.each([
  ['headers', 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthor'],
  [
    'a body',
    `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${ALICE}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  ],
  [
    'a chunked body',
    `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${ALICE}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
  ],
])('who sends %s and no end is answered 408, and let go', async (_what, sent) => {
  await using server = await serve({ bodyTimeoutMs: 300 });
  expect(await answerTo(server.port, sent)).toMatch(/^HTTP\/1\.1 408 /);
});

test('the time to send is none to answer: a command may run for longer', async () => {
  await using server = await serve({ bodyTimeoutMs: 2_000 });
  const here = { url: server.url, token: ALICE };
  const session = await openSession(here);
  expect(await (await post(here, session, runCommand(1, { command: 'sleep 4; echo done' }))).text()).toContain('done');
});

test('who has no token is refused before its body is there', async () => {
  await using server = await serve();
  const sent = 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n';
  expect(await answerTo(server.port, sent)).toMatch(/^HTTP\/1\.1 401 /);
});

test('one request of a caller too many in a minute is answered 429 with the time to wait; others are not held up', async () => {
  await using server = await serve({ requestsPerMinute: 3 });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await send(server.url, { headers: bearer(ALICE), body: initialize })).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  const { headers } = await send(server.url, { headers: bearer(ALICE), body: initialize });
  expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
  expect((await send(server.url, { headers: bearer(BOB), body: initialize })).status).toBe(200);
});

test('a batch is as many requests as it holds', async () => {
  await using server = await serve({ requestsPerMinute: 10 });
  const here = { url: server.url, token: ALICE };
  const session = await openSession(here);
  const batch = async (length: number): Promise<number> => {
    const headers = { ...bearer(ALICE), 'mcp-session-id': session };
    const all = Array.from({ length }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }));
    return (await send(server.url, { headers, body: JSON.stringify(all) })).status;
  };
  // Of the ten two have opened the session.
  expect(await batch(8)).toBe(200);
  expect(await batch(1)).toBe(429);
  expect(await batch(1_000)).toBe(429);
});

test('who guesses tokens is answered 429 at last, and those are let in that have one', async () => {
  await using server = await serve();
  const guess = async (i: number): Promise<number> =>
    (await send(server.url, { headers: bearer(`no-such-token-${i}`.padEnd(24, 'x')), body: '{}' })).status;
  const statuses = new Set<number>();
  for (let i = 0; i < 110; i += 1) statuses.add(await guess(i));
  expect([...statuses]).toEqual([401, 429]);
  expect((await send(server.url, { headers: bearer(ALICE), body: initialize })).status).toBe(200);
});

test('sessions are counted for each caller: one who opens many ends none of others', async () => {
  await using server = await serve({ maxSessions: 2 });
  const as = (token: string): { url: string; token: string } => ({ url: server.url, token });
  const status = async (token: string, session: string): Promise<number> => {
    const { status: code, body } = await post(as(token), session, PING);
    await body?.cancel();
    return code;
  };
  const bobs = await openSession(as(BOB));
  const alices: string[] = [];
  for (let i = 0; i < 5; i += 1) {
    alices.push(await openSession(as(ALICE)));
    // The server sees a moment later that the client has read the response to its end.
    await poll('an idle session', 5_000, async () => (await status(ALICE, alices[i] ?? '')) === 200);
  }
  expect(await status(BOB, bobs)).toBe(200);
  const alive = await Promise.all(alices.map(async (session) => await status(ALICE, session)));
  expect(alive).toEqual([404, 404, 404, 200, 200]);
});

test('a client that leaves while its token is looked at holds no session', async () => {
  let looked = (): void => {};
  let gate: Promise<void> | undefined;
  await using server = await serve({
    maxSessions: 1,
    verifyToken: async (token) => {
      looked();
      await gate;
      return token === 'token-of-carol-012345' ? { name: 'carol' } : undefined;
    },
  });
  const carol = { url: server.url, token: 'token-of-carol-012345' };
  const session = await openSession(carol);
  const { promise, resolve: open } = Promise.withResolvers<void>();
  gate = promise;
  const asked = new Promise<void>((resolve) => {
    looked = resolve;
  });
  const leaving = new AbortController();
  const left = expect(post(carol, session, PING, leaving.signal)).rejects.toThrow();
  await asked;
  leaving.abort();
  await left;
  // Nothing tells when the server has seen it go. Where it sees that later, it has nothing to forget.
  await delay(200);
  open();
  gate = undefined;
  // An idle session gives way to a new one.
  await poll('the session is idle', 5_000, async () => {
    const { status, body } = await post(carol, undefined, INITIALIZE);
    await body?.cancel();
    return status === 200;
  });
});
