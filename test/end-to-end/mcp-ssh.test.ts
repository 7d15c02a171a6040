import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type SshExecutor, sshExecutor } from '@errand/backend-ssh';
import { type ConfiguredTools, serveHttp } from '@errand/mcp-adapter';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';
import { type SshHost, startSshHost } from '../ssh/ssh-host.ts';
import { connect, type TestClient } from './mcp/clients.ts';
import { outputOf, startJob } from './mcp/jobs.ts';
import { poll } from './mcp/processes.ts';

const TOKEN = 'a-token-for-this-test-alone';

describe.skipIf(SshServer.isSkipped)('over SSH', () => {
  let host: SshHost;
  let proxy: TcpProxy;
  let executor: SshExecutor;
  let server: Awaited<ReturnType<typeof serveHttp>>;
  let client: TestClient;

  beforeAll(async () => {
    host = await startSshHost(['dash']);
    proxy = await TcpProxy.start(host.server.port);
  });
  beforeEach(async () => {
    executor = sshExecutor({ ...host.options(), port: proxy.port, name: 'web' });
    server = await serveHttp(executor, { token: TOKEN, files: 'write' });
    client = await connect('v2 of 2026-07-28', { url: server.url, token: TOKEN });
  });
  afterEach(async () => {
    await client?.[Symbol.asyncDispose]();
    await server?.close();
    await executor?.close();
    await expect.poll(() => [host.server.connections(), host.server.commands()], { timeout: 20_000 }).toEqual([[], []]);
  });
  afterAll(async () => {
    await proxy?.stop();
    await host?.stop();
  });

  test('a session is kept from call to call, and one whose connection was lost is told before anything runs without it', async () => {
    const run = (command: string): ReturnType<TestClient['call']> => client.call('run_command', { command, session: 's' });
    expect((await run('mkdir -p made && cd made && X=1')).structuredContent).toMatchObject({ session_state: 'new', target: 'web' });
    expect((await run('pwd; echo "$X"')).structuredContent).toMatchObject({
      session_state: 'kept',
      stdout: `${join(host.accounts.of('dash').home, 'made')}\n1\n`,
    });
    const jobId = await startJob(client, { command: 'echo on; sleep 67', session: 's' });
    await outputOf(client, jobId, 3);
    proxy.cut();
    await poll('the end of the job', 20_000, async () => (await client.call('list_jobs')).text.includes('outcome: unknown'));
    expect(await run('echo "$X"')).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^EXEC_SESSION_CLOSED: session: 's' on web was closed: .*connection.* Nothing was started: /),
    });
    expect((await run('pwd; echo "[$X]"')).structuredContent).toMatchObject({
      session_state: 'new',
      stdout: `${host.accounts.of('dash').home}\n[]\n`,
    });
    // A call that waits while that happens is told in its reply.
    const waiting = run('touch ran; sleep 67');
    await poll('that it runs', 20_000, () => existsSync(join(host.accounts.of('dash').home, 'ran')));
    proxy.cut();
    const answer = await waiting;
    expect(answer.structuredContent).toMatchObject({ outcome: 'unknown', session_state: 'closed' });
    expect((await run('true')).structuredContent).toMatchObject({ session_state: 'new' });
  });

  test('files are written, listed, and read page by page, of which no more than a page is sent', async () => {
    const { home } = host.accounts.of('dash');
    const path = 'of its home';
    const bytes = randomBytes(1_000_003);
    const written = await client.call('write_file', { path, content: bytes.toString('base64'), encoding: 'base64', mode: '600' });
    expect(written.structuredContent).toEqual({ path, target: 'web', written_bytes: bytes.length });
    const listed = await client.call('list_directory', { path: home });
    expect(listed.structuredContent?.['entries']).toContainEqual(
      expect.objectContaining({ name: path, type: 'file', mode: '0600', size_bytes: bytes.length }),
    );
    const before = proxy.passed.toClient;
    const parts: Buffer[] = [];
    for (let offset = 0; offset < bytes.length; ) {
      const { structuredContent: page = {} } = await client.call('read_file', {
        path: join(home, path),
        offset,
        max_bytes: 65_536,
        encoding: 'base64',
      });
      expect(page).toMatchObject({ offset, total_bytes: bytes.length });
      parts.push(Buffer.from(String(page['data']), 'base64'));
      offset = Number(page['next_offset']);
    }
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    expect(parts).toHaveLength(16);
    expect(proxy.passed.toClient - before).toBeLessThan(2 * bytes.length);
  });

  test('configured tools get values as data, and paths as the target says', async () => {
    const { home } = host.accounts.of('dash');
    const tools: ConfiguredTools = {
      argv: { argv: ['printf', '[%s]', '{value}'], parameters: { value: { type: 'string', allowDash: true } } },
      script: { script: 'printf "[%s]" "$ERRAND_VALUE"', parameters: { value: { type: 'string' } } },
      session: { script: 'printf "[%s]" "$ERRAND_VALUE"', parameters: { value: { type: 'string' } }, session: 's' },
      steps: { steps: [{ argv: ['printf', '[%s]', '{value}'] }, { script: 'exit 4' }], parameters: { value: { type: 'string' } } },
      path: { argv: ['printf', '[%s]', '{p}'], parameters: { p: { type: 'path', root: home } } },
      file: { script: 'printf made >made.txt', output: { type: 'file', path: `${home}/made.txt` }, when: { healthy: true } },
    };
    await using own = await serveHttp([{ executor, expose: 'tools' }], { token: TOKEN, tools });
    await using user = await connect('v2 of 2026-07-28', { url: own.url, token: TOKEN });
    await executor.exec(['ln', '-sfn', '/etc', 'out']);
    await executor.exec(['mkdir', '-p', 'in/side']);
    const value = `it's $(id) \`id\` \n "x" \\ é漢 %s`;
    for (const tool of ['argv', 'script', 'session', 'steps'])
      expect((await user.call(tool, { value })).structuredContent).toMatchObject({
        target: 'web',
        stdout: `[${value}]`,
        exit_code: tool === 'steps' ? 4 : 0,
      });
    expect((await user.call('argv', { value: '--' })).structuredContent).toMatchObject({ ok: true });
    expect((await user.call('path', { p: 'in//./side' })).structuredContent).toMatchObject({ stdout: `[${home}/in/side]` });
    expect((await user.call('path', { p: 'out/passwd' })).text).toMatch(/^EXEC_PERMISSION: p: it leads to what is not below/);
    expect((await user.call('file')).text).toMatch(/made\.txt, 4 bytes\nmade$/);
  });
});
