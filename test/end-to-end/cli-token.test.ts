import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, test, vi } from 'vitest';
import { atEnd } from './cli/cleanup.ts';
import { type Ended, ended, errand, type Started, start } from './cli/errand.ts';
import { heard } from './cli/output.ts';
import { temporaryDirectory } from './cli/temporary.ts';
import { INITIALIZE, openSession, post, send } from './mcp/raw-http.ts';

const YAML = `version: 1
defaults: { target: busy }
targets:
  busy: { kind: local, queue: { concurrency: 1, maxQueuedPerTenant: 1 } }
  other: { kind: local }
`;

interface Home {
  readonly path: string;
  readonly run: (...args: string[]) => Promise<Ended>;
  readonly make: (...args: string[]) => Promise<string>;
  /** Starts a server, and gives it with its URL. */
  readonly serve: (...args: string[]) => Promise<{ readonly child: Started; readonly url: string; readonly said: string }>;
}

async function home(yaml?: string): Promise<Home> {
  const path = await temporaryDirectory();
  if (yaml !== undefined) await writeFile(join(path, 'errand.yaml'), yaml);
  const options = { cwd: path, env: { XDG_STATE_HOME: path, XDG_CONFIG_HOME: join(path, 'config') } };
  const run = (...args: string[]): Promise<Ended> => errand(['token', ...args], options);
  return {
    path,
    run,
    make: async (...args) => (await run('create', ...args)).stdout.toString().trim(),
    serve: async (...args) => {
      const child = start(['serve', ...(args.length > 0 ? args : ['--http', '0'])], options);
      const { input: said, 1: url = '' } = await heard(child.stderr, /serving MCP at (\S+) .*\n/);
      return { child, url, said };
    },
  };
}

async function connected(url: string, token: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  atEnd(() => client.close().catch(() => {}));
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  return client;
}

async function statusOf(url: string, token: string): Promise<number> {
  const { status } = await send(url, {
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ jsonrpc: '2.0', ...INITIALIZE }),
  });
  return status;
}

describe('errand token', () => {
  test('makes a token, shows it once, and keeps a hash for its owner alone', async () => {
    const { run, path } = await home();
    const made = await run(
      'create',
      'ci',
      '--target',
      'web',
      '--target',
      'db',
      '--tool',
      'read_file',
      '--tenant',
      'builders',
      '--expires',
      '90d',
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const token = made.stdout.toString().trim();
    expect(token).toMatch(/^errand_[\w-]{43}$/);
    const directory = join(path, 'errand', 'tokens');
    const modes = await Promise.all([directory, join(directory, 'ci')].map(async (file) => ((await stat(file)).mode & 0o777).toString(8)));
    expect(modes).toEqual(['700', '600']);
    expect(await readdir(directory)).toEqual(['ci']);
    expect(await readFile(join(directory, 'ci'), 'utf8')).not.toContain(token.slice(7));
    const { stdout } = await run('list');
    expect(stdout.toString()).toMatch(
      /^NAME +TENANT +TARGETS +TOOLS +CREATED +EXPIRES\nci +builders +web,db +read_file +\d{4}-\S+Z +\d{4}-\S+Z\n$/,
    );
    const [listed] = JSON.parse((await run('list', '--json')).stdout.toString()) as Record<string, string>[];
    expect(listed).toMatchObject({ name: 'ci', tenant: 'builders', targets: ['web', 'db'], tools: ['read_file'] });
    expect(listed).not.toHaveProperty('sha256');
    const days = (Date.parse(listed?.['expiresAt'] ?? '') - Date.parse(listed?.['createdAt'] ?? '')) / 86_400_000;
    expect(days).toBeCloseTo(90, 3);
  });

  test('made at once by several has one of each name', async () => {
    const { run } = await home();
    const made = await Promise.all(Array.from({ length: 6 }, (_, i) => run('create', i % 2 ? 'a' : 'b')));
    expect(made.filter(({ code }) => code === 0)).toHaveLength(2);
    for (const { stderr } of made.filter(({ code }) => code !== 0))
      expect(stderr).toMatch(/there is one named '[ab]'\. 'errand token revoke [ab]' ends it\.$/m);
    expect((await run('list')).stdout.toString().split('\n')).toHaveLength(4);
  });

  test('is refused with what cannot be, and makes nothing', async () => {
    const { run, path } = await home();
    const wrong = [
      ['create'],
      ['create', 'a/b'],
      ['create', '..'],
      ['create', '.hidden'],
      ['create', 'x'.repeat(65)],
      ['create', 'ci', '--target', 'a/b'],
      ['create', 'ci', '--tool', ''],
      ['create', 'ci', '--tenant', ''],
      ['create', 'ci', '--expires', '90'],
      ['create', 'ci', '--expires', '0d'],
      ['create', 'ci', '--expires', '9999d'],
      ['revoke', 'ci'],
      ['revoke', '../token'],
    ];
    for (const { code, stdout } of await Promise.all(wrong.map((args) => run(...args))))
      expect({ code, stdout: stdout.toString() }).toEqual({ code: 125, stdout: '' });
    expect(await readdir(join(path, 'errand', 'tokens')).catch(() => [])).toEqual([]);
  });
});

describe('a server that runs', () => {
  test('takes a token as soon as it is made, and none that was revoked, also in a session that is open', async () => {
    const { make, run, serve, path } = await home();
    const { url, child } = await serve();
    const token = await make('alice');
    expect(await statusOf(url, token)).toBe(200);
    const session = await openSession({ url, token });
    expect(await run('revoke', 'alice')).toMatchObject({ code: 0, stderr: "errand: the token 'alice' is revoked.\n" });
    expect(await statusOf(url, token)).toBe(401);
    const late = await post({ url, token }, session, { id: 1, method: 'tools/list' });
    expect(late.status).toBe(401);
    await late.text();
    // The name may be given again: the old token stays none.
    const next = await make('alice');
    expect([await statusOf(url, token), await statusOf(url, next)]).toEqual([401, 200]);
    const rest = ended(child);
    child.kill('SIGTERM');
    const { stderr, code } = await rest;
    expect(code).toBe(0);
    for (const each of [token, next]) expect(stderr).not.toContain(each.slice(7));
    expect(await readdir(join(path, 'errand', 'tokens'))).toEqual(['alice']);
  });

  test('takes a token for its targets and tools alone, until it expires', async () => {
    const { make, serve, path } = await home(YAML);
    const { url } = await serve();
    const limited = await make('ci', '--target', 'other', '--tool', 'run_command', '--tool', 'list_targets');
    const client = await connected(url, limited);
    expect((await client.listTools()).tools.map(({ name }) => name).sort()).toEqual(['list_targets', 'run_command']);
    const { structuredContent } = await client.callTool({ name: 'run_command', arguments: { command: 'echo hello' } });
    expect(structuredContent).toMatchObject({ target: 'other', stdout: 'hello\n' });
    expect(await client.callTool({ name: 'run_command', arguments: { command: 'true', target: 'busy' } })).toMatchObject({ isError: true });
    const origin = new URL(url).origin;
    expect([await statusOf(`${origin}/busy/mcp`, limited), await statusOf(`${origin}/other/mcp`, limited)]).toEqual([404, 200]);
    const short = await make('short', '--expires', '1h');
    expect(await statusOf(url, short)).toBe(200);
    const file = join(path, 'errand', 'tokens', 'short');
    const { expiresAt, ...rest } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    expect(Date.parse(String(expiresAt))).toBeGreaterThan(Date.now());
    await writeFile(file, JSON.stringify({ ...rest, expiresAt: new Date(Date.now() - 1_000).toISOString() }));
    const says = async (): Promise<unknown> =>
      (await send(url, { headers: { authorization: `Bearer ${short}` }, body: '{}' })).headers['www-authenticate'];
    await vi.waitUntil(async () => String(await says()).includes('The token has expired'), { timeout: 10_000 });
  });

  test('takes no token whose file others can read, or that is half written, and says so once; the others go on', async () => {
    const { make, serve, path } = await home();
    const [alice, bob] = [await make('alice'), await make('bob')];
    const { url, child } = await serve();
    const log = heard(child.stderr, /"level":"warn".*\/tokens\/bob: this is no token, or not all of one/);
    const file = (name: string): string => join(path, 'errand', 'tokens', name);
    await chmod(file('alice'), 0o644);
    expect(await statusOf(url, alice)).toBe(401);
    expect(await statusOf(url, bob)).toBe(200);
    await chmod(file('alice'), 0o600);
    expect(await statusOf(url, alice)).toBe(200);
    const whole = await readFile(file('bob'), 'utf8');
    await writeFile(file('bob'), whole.slice(0, -10));
    expect(await statusOf(url, bob)).toBe(401);
    expect(await statusOf(url, alice)).toBe(200);
    await log;
    await chmod(join(path, 'errand', 'tokens'), 0o777);
    expect(await statusOf(url, alice)).toBe(401);
  });
});

describe('errand serve --http', () => {
  test('does not start with a token file that others can read, or that is none', async () => {
    for (const [mode, text, says] of [
      [0o640, undefined, /tokens\/ci: is open to others \(mode 0640\)\. .*'errand token revoke ci' removes it\.$/m],
      [0o600, '{"version": 1, "sha', /tokens\/ci: this is no token, or not all of one\. 'errand token revoke ci' removes it\.$/m],
      [0o600, 'x'.repeat(43), /tokens\/ci: this is no token/],
    ] as const) {
      const { make, path } = await home();
      await make('ci');
      const file = join(path, 'errand', 'tokens', 'ci');
      if (text !== undefined) await writeFile(file, text);
      await chmod(file, mode);
      const { code, stderr } = await errand(['serve', '--http', '0'], { env: { XDG_STATE_HOME: path } });
      expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringMatching(says) });
    }
  });

  test('is refused where others reach it and nobody could come in, but its own user', async () => {
    const { path, make, serve } = await home();
    const { code, stderr } = await errand(['serve', '--http', '0.0.0.0:0'], { env: { XDG_STATE_HOME: path } });
    expect({ code, stderr }).toEqual({
      code: 125,
      stderr:
        "errand: --http: others can reach 0.0.0.0, and there is no way for them to show who they are. 'errand token create NAME' makes a token, and http.jwt of errand.yaml takes those of an authorization server.\n",
    });
    expect(await readdir(join(path, 'errand'))).toEqual([]);
    const token = await make('ci');
    const { url } = await serve('--http', '0.0.0.0:0');
    expect(await statusOf(url, token)).toBe(200);
  });

  test('tells whose tokens it takes, and gives each a line of its own in the queue', async () => {
    const { path, make, serve } = await home(YAML);
    const tokens = [await make('alice'), await make('bob')];
    const { url, said } = await serve();
    expect(said).toContain('(tokens of alice, bob)\n');
    for (const token of tokens) expect(said).not.toContain(token);

    const [alice, bob] = await Promise.all(tokens.map((token) => connected(url, token)));
    if (!alice || !bob) throw new Error('unreachable');
    const run = (client: Client, command: string): ReturnType<Client['callTool']> =>
      client.callTool({ name: 'run_command', arguments: { command, cwd: path } });
    const running = run(alice, ': >begun; until [ -e go ]; do sleep 0.02; done');
    await vi.waitUntil(() => readFile(join(path, 'begun')).catch(() => undefined), { timeout: 5_000 });
    const waiting = [run(alice, 'echo alice'), run(alice, 'echo alice')];
    // One of them waits, one too many is refused: it is alice's, who has a line of her own.
    const refused = await Promise.race(waiting);
    expect(refused).toMatchObject({ isError: true, structuredContent: { code: 'EXEC_QUEUE_FULL' } });
    expect(JSON.stringify(refused)).toContain("tenant 'alice'");
    const bobs = run(bob, 'echo bob');
    await writeFile(join(path, 'go'), '');
    expect((await bobs).structuredContent).toMatchObject({ target: 'busy', stdout: 'bob\n' });
    await Promise.all([running, ...waiting]);
  });

  test('a directory of tokens that others can write to stops it', async () => {
    const { path } = await home();
    await mkdir(join(path, 'errand'), { mode: 0o700 });
    await mkdir(join(path, 'errand', 'tokens'));
    await chmod(join(path, 'errand', 'tokens'), 0o777);
    const { code, stderr } = await errand(['serve', '--http', '0'], { env: { XDG_STATE_HOME: path } });
    expect({ code, stderr }).toEqual({
      code: 125,
      stderr: expect.stringMatching(/\/tokens: is open to others \(mode 0777\)\. .*chmod go-w/),
    });
  });
});
