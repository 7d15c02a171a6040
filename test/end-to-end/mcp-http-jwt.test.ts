import { type Executor, localExecutor } from '@errand/core';
import { type HttpServer, type ServeHttpOptions, serveHttp } from '@errand/mcp-adapter';
import { Client, ClientCredentialsProvider, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TokenIssuer } from '../servers/token-issuer.ts';
import { connect } from './mcp/clients.ts';
import { jobsIn, LONG, startJob } from './mcp/jobs.ts';
import { INITIALIZE, openSession, post, type RawResponse, send } from './mcp/raw-http.ts';

const AUDIENCE = 'https://exec.example.com/mcp';
const initialize = JSON.stringify({ jsonrpc: '2.0', ...INITIALIZE });
const now = (): number => Math.floor(Date.now() / 1_000);

let issuer: TokenIssuer;
let executors: Executor[];
let tenants: (string | undefined)[] = [];
let logged: string[] = [];
const log = (fields: object, message: string): void => void logged.push(JSON.stringify({ ...fields, message }));
beforeEach(async () => {
  issuer = await TokenIssuer.start();
  logged = [];
  tenants = [];
  executors = ['web', 'ci'].map((name) => localExecutor({ name }));
  for (const executor of executors) {
    const spawn = executor.spawn.bind(executor);
    executor.spawn = (command, options) => {
      tenants.push(options?.tenant);
      return spawn(command, options);
    };
  }
});
afterEach(async () => {
  await issuer[Symbol.asyncDispose]();
  for (const executor of executors) await executor.close();
});

type Jwt = NonNullable<ServeHttpOptions['jwt']>;

function serve(jwt: Partial<Jwt> = {}, options: Partial<ServeHttpOptions> = {}): Promise<HttpServer> {
  return serveHttp(executors, {
    jwt: { issuer: issuer.url, jwksUri: issuer.jwksUri, audience: AUDIENCE, ...jwt },
    logger: { debug: log, info: log, warn: log, error: log },
    ...options,
  });
}

const bring = (server: HttpServer, token: string, path?: string): Promise<RawResponse> =>
  send(server.url, { headers: { authorization: `Bearer ${token}` }, body: initialize, ...(path !== undefined && { path }) });

test("an issuer's token lets in: its subject's are the jobs, and the tenant", async () => {
  await using server = await serve();
  const alice = await issuer.sign({ aud: AUDIENCE });
  await using client = await connect('v2 of 2026-07-28', { url: server.url, token: alice });
  const jobId = await startJob(client, { command: 'exec sleep 3600', target: 'web' });
  expect(tenants).toEqual(['alice']);
  // The next token of the same subject finds them, another's does not.
  await using again = await connect('v2 of 2026-07-28', { url: server.url, token: await issuer.sign({ aud: [AUDIENCE, 'others'] }) });
  expect(jobsIn((await again.call('list_jobs')).structuredContent)).toMatchObject([{ job_id: jobId }]);
  await using bob = await connect('v2 of 2026-07-28', { url: server.url, token: await issuer.sign({ aud: AUDIENCE, sub: 'bob' }) });
  expect(jobsIn((await bob.call('list_jobs')).structuredContent)).toEqual([]);
  expect((await bob.call('read_output', { job_id: jobId })).text).toMatch(/^EXEC_NOT_FOUND/);
  expect(issuer.fetches).toBe(1);
  await again.call('signal_job', { job_id: jobId, wait_ms: LONG });
});

test('a token of a name and a subject of that name are two, also for a session', async () => {
  const alice = 'alice-has-this-token';
  await using server = await serve({}, { tokens: { alice } });
  const jwt = await issuer.sign({ aud: AUDIENCE });
  const session = await openSession({ url: server.url, token: alice });
  const stolen = await post({ url: server.url, token: jwt }, session, { id: 1, method: 'tools/list' });
  expect(stolen.status).toBe(404);
  await stolen.text();
  expect((await post({ url: server.url, token: alice }, session, { id: 1, method: 'tools/list' })).status).toBe(200);
});

describe('a token is refused with 401 that', () => {
  const other = { kid: 'key-1', alg: 'RS256' };
  test.each<[what: string, token: () => Promise<string>, says?: string]>([
    ['is for somebody else', () => issuer.sign({ aud: 'https://elsewhere.example/mcp' })],
    ['is for somebody whose name begins alike', () => issuer.sign({ aud: `${AUDIENCE}.evil.example` })],
    ['is for nobody', () => issuer.sign({})],
    ['is of another issuer', () => issuer.sign({ aud: AUDIENCE, iss: 'https://evil.example' })],
    ['is of an issuer with a slash more', () => issuer.sign({ aud: AUDIENCE, iss: `${issuer.url}/` })],
    ['has expired', () => issuer.sign({ aud: AUDIENCE, exp: now() - 60 }), 'The token has expired'],
    ['never expires', () => issuer.sign({ aud: AUDIENCE, exp: undefined })],
    ['is not valid yet', () => issuer.sign({ aud: AUDIENCE, nbf: now() + 600 })],
    ['names nobody', () => issuer.sign({ aud: AUDIENCE, sub: undefined })],
    ['names nobody by nothing', () => issuer.sign({ aud: AUDIENCE, sub: '' })],
    ['names too long a tenant', () => issuer.sign({ aud: AUDIENCE, sub: 'x'.repeat(300) })],
    ['has no signature (alg: none)', async () => new UnsecuredJWT({ ...issuer.claims({ aud: AUDIENCE }) }).encode()],
    [
      'says alg: none and keeps a signature',
      async () => {
        const [, claims, signature] = (await issuer.sign({ aud: AUDIENCE })).split('.');
        return [Buffer.from('{"alg":"none"}').toString('base64url'), claims, signature].join('.');
      },
    ],
    [
      'is signed with the public key as a secret (HS256)',
      async () => {
        const publicKey = await importJWK(issuer.key.jwk, 'RS256', { extractable: true });
        const secret = Buffer.from(await exportSPKI(publicKey as Parameters<typeof exportSPKI>[0]));
        return await new SignJWT(issuer.claims({ aud: AUDIENCE })).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(secret);
      },
    ],
    [
      'is signed with the modulus as a secret (HS256)',
      async () =>
        await new SignJWT(issuer.claims({ aud: AUDIENCE }))
          .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
          .sign(Buffer.from(issuer.key.jwk.n ?? '', 'base64url')),
    ],
    [
      "is signed by somebody else under the name of the issuer's key",
      async () => await issuer.sign({ aud: AUDIENCE }, { ...other, privateKey: (await generateKeyPair('RS256')).privateKey }),
    ],
    [
      'brings its own key',
      async () => {
        const { privateKey } = await generateKeyPair('RS256', { extractable: true });
        return await new SignJWT(issuer.claims({ aud: AUDIENCE }))
          .setProtectedHeader({ alg: 'RS256', jwk: issuer.key.jwk, jku: `${issuer.url}/evil`, kid: 'key-1' })
          .sign(privateKey);
      },
    ],
    ['is signed as the server does not take it', async () => await issuer.sign({ aud: AUDIENCE }, await issuer.addKey('PS256'))],
    [
      'was changed',
      async () => {
        const [header, , signature] = (await issuer.sign({ aud: AUDIENCE, sub: 'bob' })).split('.');
        return [header, Buffer.from(JSON.stringify(issuer.claims({ aud: AUDIENCE }))).toString('base64url'), signature].join('.');
      },
    ],
    ['has lost its end', async () => (await issuer.sign({ aud: AUDIENCE })).slice(0, -4)],
    ['is three words with dots', async () => 'aaaaaaaa.bbbbbbbb.cccccccc'],
  ])('%s', async (_what, token, says = 'The token ') => {
    await using server = await serve();
    const brought = await token();
    const { status, headers, body } = await bring(server, brought);
    expect({ status, body }).toMatchObject({ status: 401, body: expect.stringContaining(`Unauthorized: ${says}`) });
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="errand", error="invalid_token", error_description="The token /);
    expect(`${body}${logged.join('')}`).not.toContain(brought);
    expect(`${body}${logged.join('')}`).not.toContain(brought.split('.')[1]);
    expect(tenants).toEqual([]);
  });
});

describe('the keys', () => {
  test('are asked for once, also where many tokens name ones that there are not', async () => {
    await using server = await serve();
    const unknown = await issuer.sign({ aud: AUDIENCE }, { ...issuer.key, kid: 'no-such-key' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => bring(server, unknown)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    for (let i = 0; i < 5; i += 1) expect((await bring(server, unknown)).status).toBe(401);
    expect(issuer.fetches).toBe(1);
    expect((await bring(server, await issuer.sign({ aud: AUDIENCE }))).status).toBe(200);
    expect(issuer.fetches).toBe(1);
  });

  test('may be new ones: after the cooldown they are asked for again', async () => {
    await using server = await serve({ jwksCooldownMs: 500 });
    expect((await bring(server, await issuer.sign({ aud: AUDIENCE }))).status).toBe(200);
    await issuer.addKey('ES256');
    const token = await issuer.sign({ aud: AUDIENCE });
    await expect.poll(async () => (await bring(server, token)).status, { timeout: 10_000 }).toBe(200);
    expect(issuer.fetches).toBe(2);
  });

  test.each(['status', 'nonsense', 'endless', 'redirect'] as const)(
    'that cannot be had (%s) let nobody in, and are not asked for with each request',
    async (fault) => {
      issuer.fault = fault;
      await using server = await serve({ jwksCooldownMs: 1_000 });
      const token = await issuer.sign({ aud: AUDIENCE });
      const begin = performance.now();
      const { status, headers, body } = await bring(server, token);
      expect({ status, body }).toEqual({ status: 503, body: expect.stringContaining('cannot be verified now') });
      expect(headers['retry-after']).toBeDefined();
      for (let i = 0; i < 5; i += 1) expect((await bring(server, token)).status).toBe(503);
      expect(issuer.fetches).toBeLessThanOrEqual(1 + Math.floor((performance.now() - begin) / 1_000));
      issuer.fault = undefined;
      await expect.poll(async () => (await bring(server, token)).status, { timeout: 10_000 }).toBe(200);
      expect(logged.join('')).not.toContain(token);
    },
  );
});

describe('scopes', () => {
  const listed = async (server: HttpServer, token: string): Promise<unknown> => {
    await using client = await connect('v2 of 2026-07-28', { url: server.url, token });
    return (await client.call('list_targets')).structuredContent?.['targets'];
  };

  test('that are missing are told with 403, and what is needed', async () => {
    await using server = await serve({ requiredScopes: ['errand:use', 'errand:more'] });
    for (const scope of [undefined, '', 'errand:use', 'errand:use errand:mor', 'errand:use  x errand:moree']) {
      const { status, headers } = await bring(server, await issuer.sign({ aud: AUDIENCE, scope }));
      expect(status).toBe(403);
      expect(headers['www-authenticate']).toContain('error="insufficient_scope"');
      expect(headers['www-authenticate']).toContain('scope="errand:use errand:more"');
    }
    for (const claims of [{ scope: 'errand:more x errand:use' }, { scp: ['errand:use', 'errand:more'] }, { scp: 'errand:use errand:more' }])
      expect((await bring(server, await issuer.sign({ aud: AUDIENCE, ...claims }))).status).toBe(200);
  });

  test('leave those targets and tools alone that they name', async () => {
    await using server = await serve();
    const ci = await issuer.sign({ aud: AUDIENCE, scope: 'openid target:ci' });
    expect(await listed(server, ci)).toMatchObject([{ name: 'ci' }]);
    expect((await bring(server, ci, '/web/mcp')).status).toBe(404);
    expect((await bring(server, ci, '/ci/mcp')).status).toBe(200);
    await using client = await connect('v1', { url: server.url, token: await issuer.sign({ aud: AUDIENCE, scope: 'tool:list_jobs' }) });
    expect((await client.tools()).map(({ name }) => name)).toEqual(['list_jobs']);
    expect((await bring(server, await issuer.sign({ aud: AUDIENCE, scope: 'target:gone' }))).status).toBe(403);
  });

  test('a tenant is what its claim says, and must be there', async () => {
    await using server = await serve({ tenantClaim: 'org' });
    const token = await issuer.sign({ aud: AUDIENCE, org: 'acme' });
    await using client = await connect('v2 of 2025', { url: server.url, token });
    await client.call('run_command', { command: 'true', target: 'ci' });
    expect(tenants).toEqual(['acme']);
    for (const org of [undefined, '', 7, ['acme'], 'x'.repeat(257)])
      expect((await bring(server, await issuer.sign({ aud: AUDIENCE, org }))).status).toBe(401);
    await using odd = await serve({ tenantClaim: '__proto__' });
    expect((await bring(odd, await issuer.sign({ aud: AUDIENCE }))).status).toBe(401);
  });
});

describe('where to get a token', () => {
  test('is told with each refusal, and what it is for with the metadata', async () => {
    await using server = await serve({ requiredScopes: ['errand:use'] });
    const origin = new URL(server.url).origin;
    const { headers } = await send(server.url, { body: initialize });
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
    expect(headers['www-authenticate']).toBe(`Bearer realm="errand", scope="errand:use", resource_metadata="${metadata}"`);
    expect((await bring(server, 'no-such-token-at-all')).headers['www-authenticate']).toContain(`resource_metadata="${metadata}"`);
    const of = async (path: string): Promise<unknown> => await (await fetch(`${origin}${path}`)).json();
    const says = { authorization_servers: [issuer.url], bearer_methods_supported: ['header'], scopes_supported: ['errand:use'] };
    expect(await of('/.well-known/oauth-protected-resource/mcp')).toEqual({ resource: `${origin}/mcp`, ...says });
    expect(await of('/.well-known/oauth-protected-resource')).toEqual({ resource: `${origin}/mcp`, ...says });
    // Whether there is such a target it does not say.
    for (const target of ['ci', 'nope'])
      expect(await of(`/.well-known/oauth-protected-resource/${target}/mcp`)).toEqual({ resource: `${origin}/${target}/mcp`, ...says });
    expect((await send(server.url, { path: '/.well-known/oauth-protected-resource/mcp', body: '{}' })).status).toBe(405);
  });

  test('is by the name that clients know, where a proxy stands before', async () => {
    await using server = await serve({}, { url: 'https://exec.example.com' });
    const answer = await send(server.url, { headers: { host: 'exec.example.com' }, body: initialize });
    expect(answer.headers['www-authenticate']).toContain(
      'resource_metadata="https://exec.example.com/.well-known/oauth-protected-resource/mcp"',
    );
    const direct = await fetch(`${new URL(server.url).origin}/.well-known/oauth-protected-resource/ci/mcp`);
    expect(await direct.json()).toMatchObject({ resource: 'https://exec.example.com/ci/mcp' });
  });

  test('a token for the URL of one target is one there, and nowhere else', async () => {
    await using server = await serve({ audience: undefined as unknown as string }, { url: 'https://exec.example.com' });
    const ci = await issuer.sign({ aud: 'https://exec.example.com/ci/mcp' });
    expect((await bring(server, ci, '/ci/mcp')).status).toBe(200);
    expect((await bring(server, ci, '/web/mcp')).status).toBe(401);
    expect((await bring(server, ci)).status).toBe(401);
    const all = await issuer.sign({ aud: 'https://exec.example.com/mcp' });
    expect((await bring(server, all)).status).toBe(200);
    expect((await bring(server, all, '/ci/mcp')).status).toBe(200);
  });

  test.each(['/mcp', '/ci/mcp'])('an OAuth client of the SDK finds its way to %s', async (path) => {
    // The port is known once it listens; the client calls it by that.
    await using first = await serve();
    const { port } = first;
    await first.close();
    await using server = await serve(
      { audience: undefined as unknown as string, requiredScopes: ['errand:use'] },
      { port, url: `http://127.0.0.1:${port}` },
    );
    const url = new URL(path, server.url);
    const authProvider = new ClientCredentialsProvider({ clientId: 'machine', clientSecret: 'not-looked-at', expectedIssuer: issuer.url });
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(url, { authProvider }));
    const { structuredContent } = await client.callTool({ name: 'run_command', arguments: { command: 'echo hello', target: 'ci' } });
    expect(structuredContent).toMatchObject({ stdout: 'hello\n', target: 'ci' });
    expect(issuer.asked.map((asked) => [asked.get('resource'), asked.get('scope')])).toEqual([[url.href, 'errand:use']]);
    expect(tenants).toEqual(['machine']);
    await client.close();
  });
});
