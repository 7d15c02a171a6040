import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, test } from 'vitest';
import { TokenIssuer } from '../servers/token-issuer.ts';
import { ended, errand, start } from './cli/errand.ts';
import { heard } from './cli/output.ts';
import { temporaryDirectory } from './cli/temporary.ts';
import { INITIALIZE, type RawResponse, send } from './mcp/raw-http.ts';

const initialize = JSON.stringify({ jsonrpc: '2.0', ...INITIALIZE });

test('what errand.yaml says of HTTP holds: access tokens beside tokens of names, hosts, origins, limits', async () => {
  await using issuer = await TokenIssuer.start();
  const home = await temporaryDirectory();
  await writeFile(
    join(home, 'errand.yaml'),
    `version: 1
targets: { ci: { kind: local }, web: { kind: local } }
http:
  url: https://exec.example.com
  allowedHosts: [exec.internal]
  allowedOrigins: [app.example.com]
  maxBody: 2KiB
  requestsPerMinute: 8
  jwt: { issuer: "${issuer.url}", jwksUri: "${issuer.jwksUri}", requiredScopes: ["errand:use"], tenantClaim: org }
`,
  );
  const options = { cwd: home, env: { XDG_STATE_HOME: home } };
  const own = (await errand(['token', 'create', 'ops'], options)).stdout.toString().trim();
  // It listens where others reach it: there are ways to come in.
  const child = start(['serve', '--http', '0.0.0.0:0', '--allow-host', 'exec.flag'], options);
  const rest = ended(child);
  const { input: said, 1: url = '' } = await heard(child.stderr, /serving MCP at (\S+) .*\n/);
  expect(said).toContain(`(tokens of ops; access tokens of ${issuer.url})\n`);
  const jwt = await issuer.sign({ aud: 'https://exec.example.com/mcp', scope: 'errand:use target:ci', org: 'acme' });
  const bring = (token: string, more: Parameters<typeof send>[1] = {}): Promise<RawResponse> =>
    send(url, { body: initialize, ...more, headers: { authorization: `Bearer ${token}`, ...more.headers } });

  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${jwt}` } } }));
  const { structuredContent } = await client.callTool({ name: 'run_command', arguments: { command: 'echo hello' } });
  expect(structuredContent).toMatchObject({ target: 'ci', stdout: 'hello\n' });
  await client.close();

  const { status, headers } = await send(url, { body: initialize });
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toBe(
    'Bearer realm="errand", scope="errand:use", resource_metadata="https://exec.example.com/.well-known/oauth-protected-resource/mcp"',
  );
  const elsewhere = await issuer.sign({ aud: 'https://elsewhere.example', scope: 'errand:use', org: 'acme' });
  expect((await bring(elsewhere)).status).toBe(401);
  for (const host of ['exec.internal', 'exec.flag', 'exec.example.com']) expect((await bring(own, { headers: { host } })).status).toBe(200);
  expect((await bring(own, { headers: { host: 'exec.evil' } })).status).toBe(403);
  expect((await bring(own, { headers: { origin: 'https://app.example.com' } })).headers['access-control-allow-origin']).toBe(
    'https://app.example.com',
  );
  expect((await bring(own, { headers: { origin: 'https://evil.example.com' } })).status).toBe(403);
  expect((await bring(own, { body: JSON.stringify({ x: 'x'.repeat(2_048) }) })).status).toBe(413);
  const statuses: number[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await bring(own)).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);

  child.kill('SIGTERM');
  const { stderr } = await rest;
  for (const secret of [own.slice(7), jwt.split('.')[2] ?? '', elsewhere.split('.')[1] ?? '']) expect(stderr).not.toContain(secret);
});

test('--log-level info tells of commands by their execution ids, in lines of JSON, and of no secret', async () => {
  const home = await temporaryDirectory();
  const options = { cwd: home, env: { XDG_STATE_HOME: home } };
  const token = (await errand(['token', 'create', 'ops', '--tenant', 'acme'], options)).stdout.toString().trim();
  const child = start(['serve', '--http', '0', '--log-level', 'info'], options);
  const rest = ended(child);
  const { 1: url = '' } = await heard(child.stderr, /serving MCP at (\S+) .*\n/);
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  const secret = 'hunter2-but-longer';
  const run = { command: `echo ${secret}; exit 3`, env: { PASSWORD: secret }, stdin: secret };
  await client.callTool({ name: 'run_command', arguments: run });
  await client.callTool({ name: 'run_command', arguments: { command: 'true', cwd: '/no/such/directory' } });
  await client.close();
  expect((await send(url, { headers: { authorization: `Bearer ${token}x` }, body: initialize })).status).toBe(401);
  child.kill('SIGTERM');
  const { stderr } = await rest;
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const [started] = told;
  expect(started).toMatchObject({ level: 'info', msg: 'A command was started', target: 'local', caller: 'ops', tenant: 'acme' });
  expect(Date.parse(String(started?.['time']))).toBeGreaterThan(0);
  const same = told.filter(({ execution }) => execution === started?.['execution']);
  expect(same[1]).toMatchObject({ msg: 'A command has ended', outcome: 'exited', exitCode: 3, runMs: expect.any(Number) });
  expect(told.map(({ msg }) => msg)).toEqual([
    'A command was started',
    'A command has ended',
    'A command was started',
    'A command did not start',
    'A token was refused',
  ]);
  expect(stderr).not.toContain(secret);
  expect(stderr).not.toContain(token.slice(7));
});
