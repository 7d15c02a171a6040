import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, test, vi } from 'vitest';
import { atEnd } from './cli/cleanup.ts';
import { ERRAND, ended, errand, exitOf, type Started, start } from './cli/errand.ts';
import { heard } from './cli/output.ts';
import { runThrough, serve } from './cli/serve.ts';
import { uniqueSleep, untilRunning } from './cli/stray.ts';
import { temporaryDirectory } from './cli/temporary.ts';

/** Its main process, a child, and a grandchild in a session of its own: three that sleep. */
const tree = (sleep: string): string => `${sleep} & setsid sh -c '${sleep} & wait' & exec ${sleep}`;

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

/** What a request without a token is answered; `fetch` lets nobody choose Host. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: { host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end('{}');
  });
}

/** A client that has asked for more output than pipes hold, and reads none of it. All commands are over. */
async function flooded(): Promise<Started> {
  const child = start(['serve', '--stdio'], { env: { XDG_STATE_HOME: await temporaryDirectory() } });
  const directory = await temporaryDirectory();
  const ask = (id: number): string => {
    const command = `head -c 70000 /dev/zero | tr '\\0' x; : >'${directory}/${id}'`;
    const params = { name: 'run_command', arguments: { command, max_output_bytes: 65_536 } };
    return `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`;
  };
  const clientInfo = { name: 'test', version: '1.0.0' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params })}\n`);
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  for (let id = 1; id <= 5; id += 1) child.stdin.write(ask(id));
  await vi.waitUntil(async () => (await readdir(directory)).length === 5, { timeout: 15_000 });
  return child;
}

describe.concurrent('errand serve --http', () => {
  test('makes the token, which only its owner can read, prints it nowhere, and exits with 0 on SIGTERM', async () => {
    const server = await serve();
    const rest = ended(server.child);
    expect(await runThrough(server, 'echo hello')).toMatchObject({ outcome: 'exited', stdout: 'hello\n' });
    const token = (await readFile(server.tokenFile, 'utf8')).trim();
    expect(token).toMatch(/^[\w-]{43}$/);
    expect([await modeOf(server.tokenFile), await modeOf(join(server.stateHome, 'errand'))]).toEqual(['600', '700']);
    server.child.kill('SIGTERM');
    const { code, stdout, stderr } = await rest;
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: '' });
    expect(`${server.said}${stderr}`).not.toContain(token);
  });

  test('started several times at once makes one token', async () => {
    const home = await temporaryDirectory();
    const servers = await Promise.all(Array.from({ length: 4 }, () => serve(home)));
    for (const server of servers) expect(await runThrough(server, 'echo hello')).toMatchObject({ exit_code: 0 });
    expect(await readdir(join(home, 'errand'))).toEqual(['token']);
  });

  test('refuses a wrong token and none', async () => {
    const { url } = await serve();
    for (const headers of [{}, { authorization: `Bearer ${'x'.repeat(43)}` }]) {
      const response = await fetch(url, { method: 'POST', headers, body: '{}' });
      expect(response.status).toBe(401);
    }
  });

  test('is called by names that were allowed, and warns where others reach it', async () => {
    const XDG_STATE_HOME = await temporaryDirectory();
    expect((await errand(['token', 'create', 'ci'], { env: { XDG_STATE_HOME } })).code).toBe(0);
    const child = start(['serve', '--http', '0.0.0.0:0', '--allow-host', 'errand.test'], { env: { XDG_STATE_HOME } });
    const warned = heard(child.stderr, /warning: others can reach 0\.0\.0\.0, and this is plain HTTP/);
    const [, url = ''] = await heard(child.stderr, /serving MCP at (\S+)/);
    await warned;
    expect(await statusFor(url, 'errand.test')).toBe(401);
    expect(await statusFor(url, 'other.test')).toBe(403);
  });

  test('refuses a token that others can read, or that is none', async () => {
    const [home, other] = [await temporaryDirectory(), await temporaryDirectory()];
    for (const directory of [home, other]) await mkdir(join(directory, 'errand'), { mode: 0o700 });
    await writeFile(join(home, 'errand', 'token'), 'x'.repeat(43), { mode: 0o640 });
    await writeFile(join(other, 'errand', 'token'), 'short', { mode: 0o600 });
    const [open, none] = await Promise.all(
      [home, other].map((XDG_STATE_HOME) => errand(['serve', '--http', '0'], { env: { XDG_STATE_HOME } })),
    );
    expect(open?.code).toBe(125);
    expect(open?.stderr).toMatch(
      /^errand: \S+\/errand\/token: is open to others \(mode 0640\).* remove the file, and a new one is made\.\n$/,
    );
    expect(none?.code).toBe(125);
    expect(none?.stderr).toMatch(/^errand: \S+\/errand\/token: this is no token\. Remove the file, and a new one is made\.\n$/);
  });

  test('says which path is in the way of the token, whoever may read it', async () => {
    for (const mode of [0o700, 0o755]) {
      const home = await temporaryDirectory();
      await mkdir(join(home, 'errand', 'token'), { recursive: true, mode });
      const { code, stderr } = await errand(['serve', '--http', '0'], { env: { XDG_STATE_HOME: home } });
      expect(stderr).toBe(`errand: ${home}/errand/token: is no file. Remove it, and a new one is made.\n`);
      expect(code).toBe(125);
    }
  });

  test('refuses a state directory that others can write to, or that cannot be made', async () => {
    const home = await temporaryDirectory();
    await mkdir(join(home, 'errand'));
    await chmod(join(home, 'errand'), 0o777);
    const open = await errand(['serve', '--http', '0'], { env: { XDG_STATE_HOME: home } });
    expect(open).toMatchObject({ code: 125, stderr: expect.stringMatching(/\/errand: is open to others \(mode 0777\)\. .*chmod go-w/) });
    const impossible = await errand(['serve', '--http', '0'], { env: { XDG_STATE_HOME: '/dev/null/state' } });
    expect(impossible).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^errand: the token cannot be kept: .*Set XDG_STATE_HOME/),
    });
  });

  test('says that a port is in use, that a host is not here, or that a name is none', async () => {
    const XDG_STATE_HOME = await temporaryDirectory();
    const withToken = await temporaryDirectory();
    await errand(['token', 'create', 'ci'], { env: { XDG_STATE_HOME: withToken } });
    const taken = createServer().listen(0, '127.0.0.1');
    atEnd(() => taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const [inUse, elsewhere, noName] = await Promise.all([
      errand(['serve', '--http', port], { env: { XDG_STATE_HOME } }),
      errand(['serve', '--http', '192.0.2.1:0'], { env: { XDG_STATE_HOME: withToken } }),
      errand(['serve', '--http', '0', '--allow-host', 'http://x'], { env: { XDG_STATE_HOME } }),
    ]);
    expect(inUse).toMatchObject({ code: 125, stderr: expect.stringMatching(`^errand: --http: ${port} is in use on 127\\.0\\.0\\.1\\.`) });
    expect(elsewhere).toMatchObject({ code: 125, stderr: expect.stringMatching(/^errand: --http: cannot listen on '192\.0\.2\.1'/) });
    expect(noName).toMatchObject({ code: 125, stderr: expect.stringMatching(/^errand: --allow-host: 'http:\/\/x' is not a host name/) });
  });

  test('told to end by SIGINT leaves no process after 6 s', async () => {
    const server = await serve();
    const sleep = uniqueSleep();
    const call = runThrough(server, tree(sleep)).catch(() => 'gone');
    await untilRunning(sleep, 3, 15_000);
    server.child.kill('SIGINT');
    await untilRunning(sleep, 0, 6_000);
    expect(await exitOf(server.child)).toBe(0);
    await call;
  });

  test('killed by SIGKILL leaves no process after 30 s', async () => {
    const server = await serve();
    const sleep = uniqueSleep();
    const call = runThrough(server, tree(sleep)).catch(() => 'gone');
    await untilRunning(sleep, 3, 15_000);
    server.child.kill('SIGKILL');
    await untilRunning(sleep, 0, 30_000);
    await call;
  });

  test('told to end twice waits for nothing, and leaves no process either', async () => {
    const server = await serve();
    const sleep = uniqueSleep();
    const call = runThrough(server, `trap "" TERM; ${sleep} & while :; do wait; done`).catch(() => 'gone');
    await untilRunning(sleep, 1, 15_000);
    server.child.kill('SIGINT');
    server.child.kill('SIGTERM');
    expect([130, 143]).toContain(await exitOf(server.child));
    await untilRunning(sleep, 0, 30_000);
    await call;
  });
});

describe.concurrent('errand serve --stdio', () => {
  test('serves the client that started it, and says nothing on stderr', async () => {
    const [command, ...args] = [...ERRAND, 'serve', '--stdio'];
    const transport = new StdioClientTransport({ command: command ?? '', args, stderr: 'pipe' });
    const client = new Client({ name: 'test', version: '1.0.0' });
    let said = '';
    transport.stderr?.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    await client.connect(transport);
    const { structuredContent } = await client.callTool({ name: 'run_command', arguments: { command: 'echo hello' } });
    expect(structuredContent).toMatchObject({ exit_code: 0, stdout: 'hello\n' });
    await client.close();
    expect(said).toBe('');
  });

  test('exits with 0 when its stdin ends, or on SIGTERM while it is open', async () => {
    expect(await errand(['serve', '--stdio'])).toMatchObject({ code: 0, stdout: Buffer.alloc(0), stderr: '' });
    const idle = start(['serve', '--stdio']);
    // It answers, so it listens.
    idle.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`);
    await new Promise((resolve) => idle.stdout.once('data', resolve));
    idle.kill('SIGTERM');
    expect(await exitOf(idle)).toBe(0);
  });

  test.for(['SIGTERM', 'the end of its stdin'])('exits with 0 on %s, though its client has stopped reading', async (end) => {
    const child = await flooded();
    if (end === 'SIGTERM') child.kill('SIGTERM');
    else child.stdin.end();
    expect(await exitOf(child)).toBe(0);
  });

  test('on SIGTERM still gives all its answers to a client that reads on', async () => {
    const child = await flooded();
    child.kill('SIGTERM');
    const { code, stdout } = await ended(child);
    const answered = [...stdout.toString().matchAll(/"id":(\d)[,}]/g)].map(([, id]) => id).sort();
    expect({ code, answered }).toEqual({ code: 0, answered: ['0', '1', '2', '3', '4', '5'] });
    expect(stdout.at(-1)).toBe(0x0a);
  });

  test('exits with 125 and says why when its client sends a line without an end', async () => {
    const child = start(['serve', '--stdio']);
    // Its stdin stays open.
    child.stdin.write(Buffer.alloc(11 * 1024 ** 2, 'x'));
    const { code, stderr } = await ended(child);
    expect(stderr).toMatch(/^errand: .*connection.* 10485760 bytes/m);
    expect(code).toBe(125);
  });

  test('exits with 0 when its client is gone, though somebody else holds its stdin open', async () => {
    const child = start(['serve', '--stdio']);
    child.stdout.destroy();
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`);
    expect(await exitOf(child)).toBe(0);
  });
});
