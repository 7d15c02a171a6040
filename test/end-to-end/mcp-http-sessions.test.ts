import { type Executor, localExecutor } from '@errand/core';
import { type HttpServer, type ServeHttpOptions, serveHttp } from '@errand/mcp-adapter';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allGone, isAlive, pidsIn, poll, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from './mcp/processes.ts';
import { INITIALIZE, openSession, post, runCommand } from './mcp/raw-http.ts';

const token = 'a-token-for-this-test-alone';
const PING = { id: 99, method: 'ping' };

let executor: Executor;
beforeEach(() => {
  executor = localExecutor();
});
afterEach(async () => await executor.close());

async function serve(options: Partial<ServeHttpOptions> = {}): Promise<HttpServer & { readonly token: string }> {
  return { ...(await serveHttp(executor, { token, ...options })), token };
}

async function status(response: Promise<Response>): Promise<number> {
  const { status: code, body } = await response;
  await body?.cancel();
  return code;
}

test('a lost connection is no cancel: the command goes on until its session ends', async () => {
  await using directory = await temporaryDirectory();
  await using server = await serve();
  const session = await openSession(server);
  const file = `${directory.path}/pids`;
  const breaking = new AbortController();
  const call = post(server, session, runCommand(1, { command: strayingScript(file) }), breaking.signal);
  const rejected = expect(call).rejects.toThrow();
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  breaking.abort();
  await rejected;
  expect(await status(post(server, session, PING))).toBe(200);
  expect(pids.every(isAlive)).toBe(true);

  const ended = await fetch(server.url, { method: 'DELETE', headers: { authorization: `Bearer ${token}`, 'mcp-session-id': session } });
  expect(ended.status).toBe(200);
  await allGone(pids);
  expect(await status(post(server, session, PING))).toBe(404);
});

test('an id that is in flight is refused, and the first request keeps it: it can be cancelled, after which the id is free', async () => {
  await using directory = await temporaryDirectory();
  await using server = await serve();
  const session = await openSession(server);
  const file = `${directory.path}/pids`;
  const breaking = new AbortController();
  const call = post(server, session, runCommand(7, { command: strayingScript(file) }), breaking.signal);
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  const refused = await post(server, session, runCommand(7, { command: `touch ${directory.path}/second` }));
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ error: { code: -32_600, message: expect.stringContaining('this id is in flight') } });
  expect(pids.every(isAlive)).toBe(true);
  expect(await status(post(server, session, { method: 'notifications/cancelled', params: { requestId: 7 } }))).toBe(202);
  await allGone(pids);
  expect(await (await post(server, session, runCommand(7, { command: 'echo third; ls', cwd: directory.path }))).text()).toContain(
    String.raw`"stdout":"third\npids\n"`,
  );
  breaking.abort();
  await call.then(async ({ body }) => await body?.cancel()).catch(() => {});
});

test('an id may be used again once its request was answered or refused', async () => {
  await using server = await serve();
  const session = await openSession(server);
  for (const n of [1, 2]) {
    expect(await (await post(server, session, runCommand(7, { command: `echo ${n}` }))).text()).toContain(`"stdout":"${n}\\n"`);
  }
  const refused = await fetch(server.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'mcp-session-id': session, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', ...runCommand(8, { command: 'true' }) }),
  });
  expect(refused.status).toBe(406);
  await refused.text();
  expect(await (await post(server, session, runCommand(8, { command: 'echo 8' }))).text()).toContain('"stdout":"8\\n"');
});

test('a session that is idle for too long ends, with what still runs in it', async () => {
  await using directory = await temporaryDirectory();
  await using server = await serve({ sessionIdleMs: 300 });
  const session = await openSession(server);
  const file = `${directory.path}/pids`;
  const breaking = new AbortController();
  const call = post(server, session, runCommand(1, { command: strayingScript(file) }), breaking.signal);
  const rejected = expect(call).rejects.toThrow();
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  breaking.abort();
  await rejected;
  await allGone(pids);
  const refused = await post(server, session, PING);
  expect(refused.status).toBe(404);
  expect(await refused.text()).toContain('was idle too long');
});

test('a session with an open request is not idle', async () => {
  await using server = await serve({ sessionIdleMs: 100 });
  const session = await openSession(server);
  const call = await post(server, session, runCommand(1, { command: 'sleep 0.6; echo done' }));
  expect(await call.text()).toContain('done');
});

test('for one session too many the one that was idle longest ends', async () => {
  await using server = await serve({ maxSessions: 2 });
  const first = await openSession(server);
  const second = await openSession(server);
  expect(await status(post(server, first, PING))).toBe(200);
  // The server sees a moment later that the client has read the response to its end.
  await poll('an idle session', 5_000, async () => (await status(post(server, second, PING))) === 200);
  const third = await openSession(server);
  expect(await status(post(server, first, PING))).toBe(404);
  expect(await status(post(server, second, PING))).toBe(200);
  expect(await status(post(server, third, PING))).toBe(200);
});

test('when every session is in use, one more is answered 503', async () => {
  await using directory = await temporaryDirectory();
  await using server = await serve({ maxSessions: 1 });
  const session = await openSession(server);
  const file = `${directory.path}/pids`;
  const call = post(server, session, runCommand(1, { command: strayingScript(file) }));
  await pidsIn(file, STRAYING_PROCESSES);
  const refused = await post(server, undefined, INITIALIZE);
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain('All 1 sessions of yours are in use');
  await server.close();
  expect(await (await call).text()).toContain('"outcome":"cancelled"');
});

test('sessions that are opened at the same time do not exceed the most there may be', async () => {
  await using server = await serve({ maxSessions: 3 });
  const responses = await Promise.all(Array.from({ length: 12 }, () => post(server, undefined, INITIALIZE)));
  const ids = await Promise.all(
    responses.map(async (response) => {
      await response.text();
      return response.headers.get('mcp-session-id');
    }),
  );
  const alive = await Promise.all(ids.map(async (id) => id !== null && (await status(post(server, id, PING))) === 200));
  expect(alive.filter(Boolean).length).toBeLessThanOrEqual(3);
  expect(alive.filter(Boolean).length).toBeGreaterThan(0);
});
