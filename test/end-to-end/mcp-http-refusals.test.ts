import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Executor, localExecutor } from '@errand/core';
import { type HttpServer, serveHttp } from '@errand/mcp-adapter';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from './mcp/processes.ts';
import { INITIALIZE, type RawResponse, send } from './mcp/raw-http.ts';
import { errand } from './mcp/servers.ts';

const token = 'a-token-for-this-test-alone';
const authorization = `Bearer ${token}`;
const initialize = JSON.stringify({ jsonrpc: '2.0', ...INITIALIZE });
const logged: string[] = [];
const log = (fields: object, message: string): void => void logged.push(JSON.stringify({ ...fields, message }));
const logger = { debug: log, info: log, warn: log, error: log };

let executor: Executor;
let server: HttpServer;
beforeAll(async () => {
  executor = localExecutor();
  server = await serveHttp(executor, {
    token,
    maxBodyBytes: 2_048,
    allowedHosts: ['box.example'],
    allowedOrigins: ['web.example'],
    logger,
  });
});
afterAll(async () => {
  await server.close();
  await executor.close();
});

const sendTo = (options: Parameters<typeof send>[1]): Promise<RawResponse> => send(server.url, options);

test('who has the token is served', async () => {
  expect(await sendTo({ headers: { authorization }, body: initialize })).toMatchObject({ status: 200 });
  expect(await sendTo({ headers: { authorization: `bearer ${token}` }, body: initialize })).toMatchObject({ status: 200 });
});

test('without a token a request is answered 401, and told how to bring one', async () => {
  const { status, headers, body } = await sendTo({ body: initialize });
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toBe('Bearer realm="errand"');
  expect(body).toContain('send Authorization: Bearer TOKEN');
});

test.each([`Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Bearer ${token.toUpperCase()}`])(
  'a wrong token is answered 401: %s',
  async (wrong) => {
    const { status, headers, body } = await sendTo({ headers: { authorization: wrong }, body: initialize });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('error="invalid_token"');
    expect(body).not.toContain(token);
  },
);

test.each([`Basic ${token}`, token, 'Bearer', `Bearer ${token} ${token}`])('what is no bearer token is answered 401: %s', async (wrong) => {
  expect((await sendTo({ headers: { authorization: wrong }, body: initialize })).status).toBe(401);
});

test.each(['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1.evil.example', 'x y'])(
  'a Host that is not this server is answered 403, token or not: %s',
  async (host) => {
    expect((await sendTo({ headers: { host, authorization }, body: initialize })).status).toBe(403);
    expect((await sendTo({ headers: { host }, body: initialize })).status).toBe(403);
  },
);

test.each(['user:hunter2@localhost', 'localhost/evil', 'localhost?evil', 'localhost#evil', 'localhost\\evil', 'localhost:80:80', '[::1'])(
  'a Host that is more than name and port is answered 403 and not logged: %s',
  async (host) => {
    logged.length = 0;
    const { status, body } = await sendTo({ headers: { host, authorization }, body: initialize });
    expect(status).toBe(403);
    expect(body).not.toContain('hunter2');
    expect(logged).toEqual([]);
  },
);

test.each(['TRACE', 'PUT', 'HEAD', 'OPTIONS'])('a method that there is not is answered 405 and not logged: %s', async (method) => {
  logged.length = 0;
  expect(await sendTo({ method, headers: { authorization } })).toMatchObject({ status: 405, headers: { allow: 'GET, POST, DELETE' } });
  expect(logged).toEqual([]);
});

test.each(['localhost', 'LOCALHOST:9', '127.0.0.1:1', '[::1]:1', 'box.example', 'Box.Example:443'])(
  'an allowed Host is served: %s',
  async (host) => {
    expect((await sendTo({ headers: { host, authorization }, body: initialize })).status).toBe(200);
  },
);

test.each(['http://evil.example', 'https://localhost.evil.example', 'null', 'nonsense'])(
  'another Origin is answered 403: %s',
  async (origin) => {
    expect((await sendTo({ headers: { origin, authorization }, body: initialize })).status).toBe(403);
  },
);

test.each(['http://localhost:3000', 'https://web.example', 'https://box.example'])('an allowed Origin is served: %s', async (origin) => {
  expect((await sendTo({ headers: { origin, authorization }, body: initialize })).status).toBe(200);
});

test('a page of an allowed Origin may send what a client sends, and read the answer, also a refusal', async () => {
  const origin = 'https://web.example';
  const asking = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, content-type' };
  const preflight = await sendTo({ method: 'OPTIONS', headers: asking });
  expect(preflight).toMatchObject({ status: 204, body: '' });
  expect(preflight.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': 'authorization, content-type',
  });
  const served = await sendTo({ headers: { origin, authorization }, body: initialize });
  const readable = {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'mcp-session-id, www-authenticate',
    vary: 'origin',
  };
  expect(served.headers).toMatchObject({ ...readable, 'mcp-session-id': expect.any(String) });
  expect(await sendTo({ headers: { origin }, body: initialize })).toMatchObject({ status: 401, headers: readable });
});

test('a page of another Origin is told nothing', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  const refused = await sendTo({ method: 'OPTIONS', headers });
  expect(refused.status).toBe(403);
  expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
  expect((await sendTo({ headers: { authorization }, body: initialize })).headers).not.toHaveProperty('access-control-allow-origin');
});

test.each(['/', '/mcp/', '//mcp', '/mcpx', '/sse', '/.well-known/oauth-protected-resource', '/.well-known/oauth-authorization-server'])(
  'another path is answered 404: %s',
  async (path) => {
    const { status, body } = await sendTo({ path, headers: { authorization } });
    expect(status).toBe(404);
    expect(body).toContain('/mcp');
  },
);

test.each([false, true])('a body that is too large is answered 413 (chunked: %s), and the server goes on', async (chunked) => {
  const body = JSON.stringify({ jsonrpc: '2.0', ...INITIALIZE, padding: 'x'.repeat(2_048) });
  expect((await sendTo({ headers: { authorization }, body, chunked })).status).toBe(413);
  expect((await sendTo({ headers: { authorization }, body: initialize })).status).toBe(200);
});

test('a body that is no JSON is answered 400', async () => {
  expect((await sendTo({ headers: { authorization }, body: '{' })).status).toBe(400);
});

test('a session that there is not is answered 404, so that the client opens a new one', async () => {
  const headers = { authorization, 'mcp-session-id': '3b241101-e2bb-4255-8caf-4136c566a962' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const response = await sendTo({ headers, body });
  expect(response.status).toBe(404);
  expect(response.body).toContain('Session not found');
});

test('a call without a session, of a client that opened none, is answered 400', async () => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  expect((await sendTo({ headers: { authorization }, body })).status).toBe(400);
});

test('a port in use is a fault that names the port, and leaves nothing', async () => {
  await expect(serveHttp(executor, { token, port: server.port })).rejects.toMatchObject({
    code: 'EXEC_INVALID_OPTION',
    message: `port: ${server.port} is in use on 127.0.0.1. Allowed: a free port, or 0 for any free one.`,
    detail: { option: 'port' },
  });
});

test('an address that this machine does not have is a fault that names the host', async () => {
  await expect(serveHttp(executor, { token, host: '192.0.2.1' })).rejects.toMatchObject({
    code: 'EXEC_INVALID_OPTION',
    detail: { option: 'host' },
  });
});

test('errand serve tells of a port in use, and exits with 125', async () => {
  await using state = await temporaryDirectory();
  const child = spawn(process.execPath, errand('serve', '--http', `127.0.0.1:${server.port}`), {
    env: { ...process.env, XDG_STATE_HOME: state.path },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(125);
  expect(log).toMatch(/^errand: --http: \d+ is in use on 127\.0\.0\.1\. Allowed: .*\n$/);
});
