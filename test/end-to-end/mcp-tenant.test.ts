import { type Executor, localExecutor, queued } from '@errand/core';
import { type HttpServer, registerTools, type ServeHttpOptions, serveHttp } from '@errand/mcp-adapter';
import { InMemoryTransport as TransportV1 } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer as ServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpServer as ServerV2, InMemoryTransport as TransportV2 } from '@modelcontextprotocol/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, GENERATIONS } from './mcp/clients.ts';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { poll, temporaryDirectory } from './mcp/processes.ts';
import { openSession, post, runCommand } from './mcp/raw-http.ts';

const ALICE = 'alice-has-this-token';
const BOB = 'bob-has-another-token';
const NOBODY = 'a-token-without-a-name';

/** Of the commands that were spawned, in turn. */
let tenants: (string | undefined)[] = [];
let executor: Executor;
beforeEach(() => {
  tenants = [];
  executor = localExecutor({ name: 'here' });
  const spawn = executor.spawn.bind(executor);
  executor.spawn = (command, options) => {
    tenants.push(options?.tenant);
    return spawn(command, options);
  };
});
afterEach(async () => await executor.close());

const serve = (options: Partial<ServeHttpOptions> = {}): Promise<HttpServer> =>
  serveHttp(executor, { tokens: { alice: ALICE, bob: BOB }, token: NOBODY, ...options });

describe.each(GENERATIONS)('over HTTP to a client of SDK %s', (generation) => {
  test('the tenant of a command is the name of the token; a token without one has none', async () => {
    await using server = await serve();
    for (const token of [ALICE, BOB, NOBODY]) {
      await using client = await connect(generation, { url: server.url, token });
      expect((await client.call('run_command', { command: 'true' })).structuredContent).toMatchObject({ ok: true });
    }
    expect(tenants).toEqual(['alice', 'bob', undefined]);
  });

  test('a caller cannot say it', async () => {
    await using server = await serve();
    await using client = await connect(generation, { url: server.url, token: BOB });
    const refused = await client.call('run_command', { command: 'true', tenant: 'alice' });
    expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('there is no argument tenant') });
    expect(tenants).toEqual([]);
  });
});

test('one who floods a queue holds up nobody but itself', async () => {
  await using directory = await temporaryDirectory();
  await using queue = queued(executor, { concurrency: 1 });
  await using server = await serveHttp(queue, { tokens: { alice: ALICE, bob: BOB } });
  await using alice = await connect('v2 of 2026-07-28', { url: server.url, token: ALICE });
  await using bob = await connect('v2 of 2026-07-28', { url: server.url, token: BOB });
  const order: string[] = [];
  const turn = async (client: typeof alice, name: string): Promise<void> => {
    await client.call('run_command', { command: 'until [ -e go ]; do sleep 0.02; done', cwd: directory.path });
    order.push(name);
  };
  const turns = [turn(alice, 'alice')];
  await poll('the first one runs', 5_000, () => tenants.length === 1);
  for (let i = 0; i < 4; i += 1) turns.push(turn(alice, 'alice'));
  await poll('the others wait', 5_000, async () => (await queue.health()).queue.queued === 4);
  turns.push(turn(bob, 'bob'));
  await poll('bob waits', 5_000, async () => (await queue.health()).queue.queued === 5);
  await queue.files.write(`${directory.path}/go`, '');
  await Promise.all(turns);
  expect(order.indexOf('bob')).toBeLessThanOrEqual(2);
});

test('a session is that of who opened it: others find none', async () => {
  await using server = await serve();
  const as = (token: string): { url: string; token: string } => ({ url: server.url, token });
  const session = await openSession(as(ALICE));
  for (const token of [BOB, NOBODY]) {
    const refused = await post(as(token), session, runCommand(1, { command: 'true' }));
    expect(refused.status).toBe(404);
    const headers = { authorization: `Bearer ${token}`, 'mcp-session-id': session };
    const deleted = await fetch(server.url, { method: 'DELETE', headers });
    expect(deleted.status).toBe(404);
  }
  expect(tenants).toEqual([]);
  expect(await (await post(as(ALICE), session, runCommand(2, { command: 'echo mine' }))).text()).toContain('mine');
  expect(tenants).toEqual(['alice']);
});

test("a key is no way to another tenant's result, and each has all of them", async () => {
  await using server = await serve();
  const of = (name: string): Record<string, string> => ({ command: `echo of ${name}`, idempotency_key: 'k' });
  await using alice = await connect('v2 of 2026-07-28', { url: server.url, token: ALICE });
  await using bob = await connect('v2 of 2026-07-28', { url: server.url, token: BOB });
  const first = await alice.call('run_command', of('alice'));
  expect((await bob.call('run_command', of('bob'))).text).toContain('of bob');
  expect((await alice.call('run_command', of('alice'))).structuredContent).toEqual(first.structuredContent);
});

describe.each(Object.entries(EMBEDDINGS))('in an McpServer of SDK %s', (_version, embed) => {
  test.each([
    ['a text', 'ci', 'ci'],
    ['what a function gives', () => 'made', 'made'],
    ['nothing', undefined, undefined],
    ['nothing that a function gives', () => undefined, undefined],
  ])('the tenant is %s', async (_what, tenant, expected) => {
    const { server, connect: connectTo } = embed();
    await using _tools = registerTools(server, executor, tenant === undefined ? {} : { tenant });
    await using client = await connectTo();
    await client.call('run_command', { command: 'true' });
    expect(tenants).toEqual([expected]);
  });

  test('what a function gives that is no tenant starts nothing', async () => {
    const { server, connect: connectTo } = embed();
    const asynchronous: unknown = async () => 'late';
    await using _tools = registerTools(server, executor, { tenant: asynchronous as () => string });
    await using client = await connectTo();
    const { isError, text } = await client.call('run_command', { command: 'true' });
    expect({ isError, text }).toMatchObject({ isError: true, text: expect.stringMatching(/^EXEC_INVALID_OPTION: tenant/) });
  });
});

const SERVERS = {
  v1: () => ({ server: new ServerV1({ name: 'a', version: '1' }), pair: TransportV1.createLinkedPair() }),
  v2: () => ({ server: new ServerV2({ name: 'a', version: '1' }), pair: TransportV2.createLinkedPair() }),
};

test.each(['v1', 'v2'] as const)('a function sees whom a server of SDK %s has authenticated', async (version) => {
  const { server, pair } = SERVERS[version]();
  const [client, transport] = pair as readonly [TransportV1, TransportV1];
  await using _tools = registerTools(server, executor, { tenant: (authInfo) => authInfo?.clientId });
  const answered = new Promise((resolve) => {
    client.onmessage = resolve;
  });
  await server.connect(transport as TransportV1 & TransportV2);
  await client.start();
  const call = { jsonrpc: '2.0', ...runCommand(1, { command: 'true' }) } as Parameters<TransportV1['send']>[0];
  await client.send(call, { authInfo: { token: 'x', clientId: 'carol', scopes: [] } });
  await answered;
  expect(tenants).toEqual(['carol']);
  await server.close();
});
