import { type Executor, localExecutor } from '@errand/core';
import { type HttpServer, type Principal, type ServeHttpOptions, serveHttp } from '@errand/mcp-adapter';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, GENERATIONS, type TestClient } from './mcp/clients.ts';
import { jobsIn, LONG, startJob } from './mcp/jobs.ts';
import { poll } from './mcp/processes.ts';
import { INITIALIZE, openSession, post, type RawResponse, runCommand, send } from './mcp/raw-http.ts';

/** Whose tokens there are, each of its name and enough letters. */
const PRINCIPALS: Readonly<Record<string, Principal>> = {
  all: { name: 'all' },
  ci: { name: 'ci', targets: ['ci'], tenant: 'builders' },
  both: { name: 'both', targets: ['web', 'ci', 'gone'] },
  reader: { name: 'reader', tools: ['list_jobs', 'read_output', 'no_such_tool'] },
  tool: { name: 'tool', tools: ['where_am_i', 'list_targets'], targets: ['web'] },
  nothing: { name: 'nothing', targets: ['gone'] },
  toolless: { name: 'toolless', tools: ['no_such_tool'] },
};
const tokenOf = (name: string): string => `token-of-${name}-0123456789`;
const bearer = (name: string): Record<string, string> => ({ authorization: `Bearer ${tokenOf(name)}` });

let executors: Executor[];
let tenants: (string | undefined)[] = [];
let server: HttpServer;
/** Those that are not any more. */
const revoked = new Set<string>();
const byToken = new Map(Object.entries(PRINCIPALS).map(([name, principal]) => [tokenOf(name), principal]));

beforeAll(async () => {
  executors = ['web', 'ci', 'db'].map((name) => localExecutor({ name }));
  for (const executor of executors) {
    const spawn = executor.spawn.bind(executor);
    executor.spawn = (command, options) => {
      tenants.push(options?.tenant);
      return spawn(command, options);
    };
  }
  server = await serve();
});
afterAll(async () => {
  await server.close();
  for (const executor of executors) await executor.close();
});

function serve(options: Partial<ServeHttpOptions> = {}): Promise<HttpServer> {
  return serveHttp(executors, {
    verifyToken: (token) => (revoked.has(token) ? undefined : byToken.get(token)),
    defaultTarget: 'web',
    tools: {
      where_am_i: { description: 'Tells where', argv: ['echo', 'here'], readOnly: true },
      of_ci: { description: 'Of ci', targets: ['ci'], argv: ['echo', 'ci'] },
    },
    ...options,
  });
}

const at = (path: string): string => new URL(path, server.url).href;
const names = async (client: TestClient): Promise<string[]> => (await client.tools()).map(({ name }) => name).sort();

async function listed(client: TestClient): Promise<unknown[]> {
  const { structuredContent } = await client.call('list_targets');
  const { targets = [] } = (structuredContent ?? {}) as { targets?: { name: string }[] };
  return targets.map(({ name }) => name);
}

describe.each(GENERATIONS)('to a client %s', (generation) => {
  const as = (name: string, path = '/mcp'): Promise<TestClient> => connect(generation, { url: at(path), token: tokenOf(name) });

  test('at /TARGET/mcp there is that target alone', async () => {
    await using client = await as('all', '/ci/mcp');
    expect(await listed(client)).toEqual(['ci']);
    expect(client.instructions).toContain('Targets: ci.');
    expect((await client.call('run_command', { command: 'true' })).structuredContent).toMatchObject({ target: 'ci' });
    expect(await client.call('run_command', { command: 'true', target: 'web' })).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^EXEC_NOT_FOUND: target: there is none named 'web'\. Allowed: ci\.$/m),
    });
    expect(await names(client)).toContain('of_ci');
    await using web = await as('all', '/web/mcp');
    expect(await names(web)).not.toContain('of_ci');
  });

  test('a token of some targets has these alone: another is as one that there is not', async () => {
    await using client = await as('ci');
    expect(await listed(client)).toEqual(['ci']);
    tenants = [];
    expect((await client.call('run_command', { command: 'true' })).structuredContent).toMatchObject({ target: 'ci' });
    expect(tenants).toEqual(['builders']);
    const refusals = await Promise.all(
      ['web', 'nope'].map(async (target) => (await client.call('run_command', { command: 'true', target })).text.replaceAll(target, 'X')),
    );
    expect(refusals[0]).toMatch(/EXEC_NOT_FOUND/);
    expect(refusals[0]).toBe(refusals[1]);
    await using both = await as('both');
    expect(await listed(both)).toEqual(['ci', 'web']);
    expect((await both.call('run_command', { command: 'true' })).structuredContent).toMatchObject({ target: 'web' });
  });

  test('a token of some tools has these alone', async () => {
    await using reader = await as('reader');
    expect(await names(reader)).toEqual(['list_jobs', 'read_output']);
    const refused = await reader
      .call('run_command', { command: 'true' })
      .catch((error: unknown) => ({ isError: true, text: String(error) }));
    expect(refused).toMatchObject({ isError: true, text: expect.stringMatching(/run_command.* not found|unknown tool/i) });
    await using tool = await as('tool');
    expect(await names(tool)).toEqual(['list_targets', 'where_am_i']);
    expect((await tool.call('where_am_i')).structuredContent).toMatchObject({ stdout: 'here\n', target: 'web' });
  });

  test('jobs on a target that a path or token leaves out are as ones that never were', async () => {
    await using client = await as('all');
    const onWeb = await startJob(client, { command: 'exec sleep 3600', target: 'web' });
    await using narrow = await as('all', '/ci/mcp');
    const never = (await narrow.call('read_output', { job_id: 'local-0123456789abcdef0123' })).text;
    for (const [tool, args] of [
      ['read_output', {}],
      ['write_stdin', { data: 'x' }],
      ['signal_job', {}],
    ] as const) {
      const { text } = await narrow.call(tool, { job_id: onWeb, ...args });
      expect(text).toBe(never.replaceAll('local-0123456789abcdef0123', onWeb));
    }
    expect(jobsIn((await narrow.call('list_jobs')).structuredContent)).toEqual([]);
    const all = jobsIn((await client.call('list_jobs')).structuredContent);
    expect(all.find(({ job_id: id }) => id === onWeb)).toMatchObject({ state: 'running' });
    await client.call('signal_job', { job_id: onWeb, wait_ms: LONG });
  });

  test('a token that is for nothing here lets nobody in', async () => {
    for (const name of ['nothing', 'toolless']) await expect(as(name)).rejects.toThrow();
    for (const name of ['nothing', 'toolless']) {
      const { status, headers } = await send(server.url, { headers: bearer(name), body: '{}' });
      expect(status).toBe(403);
      expect(headers['www-authenticate']).toMatch(/^Bearer realm="errand", error="insufficient_scope"/);
    }
  });
});

test('a target that there is not, and one that is not for this token, are answered the same', async () => {
  const answers = await Promise.all(
    ['/web/mcp', '/nope/mcp', '/__proto__/mcp', '/constructor/mcp'].map((path) =>
      send(at('/'), { path, headers: bearer('ci'), body: JSON.stringify({ jsonrpc: '2.0', ...INITIALIZE }) }),
    ),
  );
  const [first, ...others] = answers.map(({ status, body, headers: { date: _, ...headers } }) => ({ status, body, headers }));
  expect(first).toMatchObject({ status: 404 });
  for (const other of others) expect(other).toEqual(first);
  // To who shows no token all are the same as well.
  const strangers = await Promise.all(['/web/mcp', '/nope/mcp'].map((path) => send(at(path), { body: '{}' })));
  expect(strangers.map(({ status, body }) => ({ status, body }))).toEqual([
    { status: 401, body: strangers[0]?.body },
    { status: 401, body: strangers[0]?.body },
  ]);
});

test.each([
  '/ci%2Fmcp',
  '/%63i/mcp',
  '/ci/../web/mcp',
  '/ci/..%2fweb/mcp',
  '/ci/%2e%2e/web/mcp',
  '/web/../ci/mcp',
  '/./ci/mcp',
  '//ci/mcp',
  '/ci//mcp',
  '/ci/mcp/',
  '/ci/mcp/..',
  '/ci\\mcp',
  '/ci;x/mcp',
  '/ci/MCP',
  '/CI/mcp',
  '/ci,web/mcp',
  '/*/mcp',
  '/:target/mcp',
  '/.ci/mcp',
  '/ci/web/mcp',
  'http://localhost/web/mcp',
  'http://evil.example/ci/mcp',
  '*',
])('a path that is not written as it is meant is answered 404: %s', async (path) => {
  const { status, body } = await send(at('/'), { path, headers: bearer('ci'), body: JSON.stringify({ jsonrpc: '2.0', ...INITIALIZE }) });
  expect({ status, body }).toEqual({ status: 404, body: expect.stringContaining('Not found: this server answers at /mcp') });
});

test('a session is for the path and the scopes with which it was opened', async () => {
  const of = (path: string, name: string): { url: string; token: string } => ({ url: at(path), token: tokenOf(name) });
  const session = await openSession(of('/mcp', 'all'));
  const listing = { id: 5, method: 'tools/list' };
  const elsewhere = await post(of('/ci/mcp', 'all'), session, listing);
  expect(elsewhere.status).toBe(404);
  await elsewhere.text();
  // The same caller comes with less.
  byToken.set(tokenOf('all-of-ci'), { name: 'all', targets: ['ci'] });
  const narrower = await post(of('/mcp', 'all-of-ci'), session, listing);
  expect(narrower.status).toBe(404);
  await narrower.text();
  expect((await post(of('/mcp', 'all'), session, listing)).status).toBe(200);
});

test('a revoked token lets nobody in, also into a session that is open, and ends what it waits for', async () => {
  const token = tokenOf('leaver');
  byToken.set(token, { name: 'leaver' });
  const here = { url: server.url, token };
  const session = await openSession(here);
  const listening = await fetch(server.url, {
    headers: { authorization: `Bearer ${token}`, 'mcp-session-id': session, accept: 'text/event-stream' },
  });
  expect(listening.status).toBe(200);
  const stream = listening.text().then(
    () => 'ended',
    () => 'broken off',
  );
  tenants = [];
  const call = post(here, session, runCommand(1, { command: 'exec sleep 3600' })).then(async (response) => await response.text());
  await poll('the command runs', 5_000, () => tenants.length === 1);
  const over = call.then(
    () => 'ended',
    () => 'broken off',
  );
  revoked.add(token);
  const again = await post(here, session, runCommand(2, { command: 'true' }));
  expect(again.status).toBe(401);
  await again.text();
  const deleted = await fetch(server.url, { method: 'DELETE', headers: { authorization: `Bearer ${token}`, 'mcp-session-id': session } });
  expect(deleted.status).toBe(401);
  await deleted.text();
  expect(await Promise.all([stream, over])).toEqual(['broken off', 'broken off']);
});

test('a token that has expired lets nobody in, and ends what only listens', async () => {
  const token = tokenOf('short');
  byToken.set(token, { name: 'short', expiresAt: Math.floor(Date.now() / 1_000) + 3_600 });
  const session = await openSession({ url: server.url, token });
  tenants = [];
  const headers = { authorization: `Bearer ${token}`, 'mcp-session-id': session, accept: 'text/event-stream' };
  const listening = await fetch(server.url, { headers });
  const over = listening.text().then(
    () => 'ended',
    () => 'broken off',
  );
  const slow = post({ url: server.url, token }, session, runCommand(1, { command: 'sleep 7; echo in time' }));
  await poll('the command runs', 5_000, () => tenants.length === 1);
  byToken.set(token, { name: 'short', expiresAt: Math.floor(Date.now() / 1_000) });
  const refused = await send(server.url, { headers: { authorization: `Bearer ${token}` }, body: '{}' });
  expect(refused.status).toBe(401);
  expect(refused.headers['www-authenticate']).toBe(
    'Bearer realm="errand", error="invalid_token", error_description="The token has expired"',
  );
  expect(await over).toBe('broken off');
  expect(await (await slow).text()).toContain('in time');
});

test('a token that has expired ends what only listens of a client without a session, too', async () => {
  const token = tokenOf('stateless');
  byToken.set(token, { name: 'stateless', expiresAt: Math.floor(Date.now() / 1_000) + 3_600 });
  const meta = { protocolVersion: '2026-07-28', clientInfo: { name: 'test', version: '1.0.0' }, clientCapabilities: {} };
  const listening = await fetch(server.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'subscriptions/listen',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'subscriptions/listen',
      params: {
        notifications: { toolsListChanged: true },
        _meta: Object.fromEntries(Object.entries(meta).map(([key, value]) => [`io.modelcontextprotocol/${key}`, value])),
      },
    }),
    signal: AbortSignal.timeout(LONG),
  });
  expect(listening.status).toBe(200);
  const reader = listening.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain('notifications/subscriptions/acknowledged');
  byToken.set(token, { name: 'stateless', expiresAt: Math.floor(Date.now() / 1_000) });
  await expect(reader?.read()).rejects.toMatchObject({ message: 'terminated' });
});

test.each(['access_token', 'ACCESS_TOKEN', 'token', 'bearer', 'api_key', 'access%5Ftoken'])(
  'a token in the URL is refused and logged nowhere: %s',
  async (parameter) => {
    const logged: string[] = [];
    const log = (fields: object, message: string): void => void logged.push(JSON.stringify({ ...fields, message }));
    await using own = await serve({ logger: { debug: log, info: log, warn: log, error: log } });
    const path = `/mcp?x=1&${parameter}=${tokenOf('all')}`;
    for (const headers of [{}, bearer('all')] as Record<string, string>[]) {
      const { status, body }: RawResponse = await send(own.url, { path, headers, body: JSON.stringify({ jsonrpc: '2.0', ...INITIALIZE }) });
      expect({ status, body }).toEqual({ status: 400, body: expect.stringContaining('a token in the URL is read by others') });
      expect(body).not.toContain(tokenOf('all'));
    }
    expect(logged.join('')).not.toContain(tokenOf('all'));
  },
);

test('a verifier that fails is no way in: 503, and what it said is logged without the token', async () => {
  const logged: string[] = [];
  const log = (fields: object, message: string): void => void logged.push(JSON.stringify({ ...fields, message }));
  const faulty: ServeHttpOptions['verifyToken'][] = [
    (token) => {
      throw new Error(`no database for ${token}`);
    },
    () => Promise.reject(new Error('late')),
    () => ({ name: '' }),
    () => ({ name: 'x', targets: 'ci' as unknown as string[] }),
    () => ({ name: 'x', tenant: 7 as unknown as string }),
  ];
  for (const verifyToken of faulty) {
    await using own = await serve({ ...(verifyToken && { verifyToken }), logger: { debug: log, info: log, warn: log, error: log } });
    const { status, body, headers } = await send(own.url, { headers: bearer('all'), body: '{}' });
    expect(status).toBe(503);
    expect(headers['retry-after']).toBeDefined();
    expect(body).not.toContain('database');
  }
  expect(logged.join('\n')).toContain('no database for TOKEN');
  expect(logged.join('\n')).not.toContain(tokenOf('all'));
});
