import { mkdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { home } from './cli/config-home.ts';
import { connect, GENERATIONS, type TestClient } from './mcp/clients.ts';
import { temporaryDirectory } from './mcp/processes.ts';
import { stdioEndpoint } from './mcp/servers.ts';

/** Does something with a client of `errand serve --stdio` with this file. */
async function served<T>(
  text: string,
  args: readonly string[],
  work: (client: TestClient) => Promise<T>,
  generation = GENERATIONS[0],
): Promise<T> {
  const { directory } = await home(text);
  const endpoint = stdioEndpoint({ XDG_STATE_HOME: directory }, '--config', `${directory}/errand.yaml`, ...args);
  await using client = await connect(generation ?? 'v1', endpoint);
  return await work(client);
}

const namesOf = async (client: TestClient): Promise<readonly string[]> => (await client.tools()).map(({ name }) => name);

describe.each(GENERATIONS)('errand serve offers the tools of its file to a client %s', (generation) => {
  let root: { readonly path: string } & AsyncDisposable;
  beforeAll(async () => {
    root = await temporaryDirectory();
    await mkdir(`${root.path}/srv`);
  });
  afterAll(async () => await root[Symbol.asyncDispose]());

  test('as they are configured', async () => {
    const text = `version: 1
targets:
  web: { kind: local, labels: { env: prod } }
  ci: { kind: local, defaults: { cwd: ${root.path} }, mcp: { expose: tools } }
  off: { kind: local, labels: { env: prod }, mcp: { expose: none } }
tools:
  disk_usage:
    description: Free space
    targets: { env: prod }
    argv: [df, -h, --, "{path}"]
    parameters: { path: { type: path, root: ${root.path}/srv, default: ${root.path}/srv } }
    readOnly: true
    timeout: 9s
  deploy:
    description: Deploy a ref
    targets: [ci]
    script: 'echo "$ERRAND_REF" >>deployed; echo "deployed $ERRAND_REF"'
    parameters: { ref: { type: string, pattern: "^[a-z0-9.-]+$" } }
    env: { ERRAND_REF: nothing }
  report:
    description: A report
    targets: [ci]
    steps: [{ name: make, script: 'printf made >report' }, { argv: [cat, report] }]
    output: { type: file, path: ${root.path}/report, max: 1KiB }
  facts:
    description: What there is
    targets: [ci]
    argv: [echo, '{"free": 1}']
    output: { type: json, schema: { type: object, properties: { free: { type: integer } } } }
`;
    await served(
      text,
      [],
      async (client) => {
        expect((await namesOf(client)).slice(0, 5)).toEqual(['disk_usage', 'deploy', 'report', 'facts', 'run_command']);
        expect((await client.call('disk_usage')).structuredContent).toMatchObject({
          ok: true,
          target: 'web',
          timeout_ms: 9_000,
          stdout: expect.stringContaining('%'),
        });
        expect((await client.call('disk_usage', { path: '/etc' })).text).toMatch(/^EXEC_PERMISSION: path: /);
        expect((await client.call('deploy', { ref: 'v1.2' })).structuredContent).toMatchObject({ target: 'ci', stdout: 'deployed v1.2\n' });
        const refused = await client.call('deploy', { ref: 'v1; id' }).catch((error: Error) => ({ isError: true, text: error.message }));
        expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('does not match') });
        expect(await readFile(`${root.path}/deployed`, 'utf8')).toMatch(/^(v1\.2\n)+$/);
        expect((await client.call('report')).text).toMatch(/report, 4 bytes\nmade$/);
        expect((await client.call('facts')).structuredContent).toMatchObject({ json: { free: 1 } });
        // The other one has no such target, and this one runs nothing else.
        expect((await client.call('run_command', { command: 'id', target: 'ci' })).text).toMatch(
          /^EXEC_PERMISSION: Target 'ci' runs configured tools alone/,
        );
        expect((await client.call('run_command', { command: 'id' })).structuredContent).toMatchObject({ ok: true, target: 'web' });
      },
      generation,
    );
  });
});

const FILE = `version: 1
targets:
  a: { kind: local, mcp: { files: write } }
  t: { kind: local, mcp: { expose: tools } }
tools:
  look: { description: d, argv: [date], readOnly: true }
  change: { description: d, argv: [date], targets: [a] }
  session: { description: d, script: "pwd", targets: [t], session: s }
`;

const JOB_TOOLS = ['read_output', 'write_stdin', 'signal_job', 'list_jobs', 'close_session'];

describe('errand serve', () => {
  test('offers tools and commands together, or tools alone, or what only looks', async () => {
    const files = ['read_file', 'write_file', 'list_directory'];
    const tools = ['look', 'change', 'session'];
    expect(await served(FILE, [], namesOf)).toEqual([...tools, 'run_command', ...JOB_TOOLS, ...files, 'list_targets']);
    const alone = [...tools, 'read_output', 'signal_job', 'list_jobs', 'close_session', 'list_targets'];
    expect(await served(FILE, ['--tools-only'], namesOf)).toEqual(alone);
    const looking = ['look', 'read_output', 'list_jobs', 'read_file', 'list_directory', 'list_targets'];
    expect(await served(FILE, ['--read-only'], namesOf)).toEqual(looking);
    expect(await served(FILE, ['--read-only', '--tools-only'], namesOf)).toEqual(['look', 'read_output', 'list_jobs', 'list_targets']);
    expect(await served(FILE, ['--target', 't'], namesOf)).toEqual([
      'look',
      'session',
      'read_output',
      'signal_job',
      'list_jobs',
      'close_session',
      'list_targets',
    ]);
    expect(await served(FILE, ['--target', 'a'], namesOf)).toEqual([
      'look',
      'change',
      'run_command',
      ...JOB_TOOLS,
      ...files,
      'list_targets',
    ]);
  });

  test('tells a model which targets run tools alone, and speaks of no tool that is not there', async () => {
    await served(FILE, [], async (client) => {
      const { structuredContent } = await client.call('list_targets');
      expect(structuredContent).toMatchObject({ targets: [{ name: 'a' }, { name: 't', expose: 'tools' }] });
    });
    await served(FILE, ['--tools-only'], async (client) => {
      expect(client.instructions).toMatch(/^Errand runs the commands that its tools stand for/);
      expect(client.instructions).not.toMatch(/run_command|argv|signal_job/);
    });
  });

  test('holds each target to what the file allows there', async () => {
    const text = `version: 1
defaults: { target: b, timeout: 20m }
targets:
  a: { kind: local, mcp: { maxTimeout: 2d } }
  b: { kind: local, mcp: { maxTimeout: 1m, maxJobs: 3, allowUser: [nobody], allowEnv: false, background: false } }
  c: { kind: local }
tools:
  long: { description: d, argv: ["true"], timeout: 20d }
`;
    await served(text, [], async (client) => {
      const { structuredContent } = await client.call('list_targets');
      expect(structuredContent).toMatchObject({
        targets: [
          { name: 'a', max_timeout_ms: 172_800_000 },
          { name: 'b', default_timeout_ms: 60_000, max_timeout_ms: 60_000, max_jobs: 3, users: ['nobody'], env: [], background: false },
          { name: 'c', max_timeout_ms: 86_400_000 },
        ],
      });
      const run = async (args: object): Promise<unknown> => {
        const answer = await client.call('run_command', { command: 'true', ...args });
        return answer.isError ? answer.text : answer.structuredContent?.['timeout_ms'];
      };
      expect(await run({})).toBe(60_000);
      expect(await run({ timeout_ms: 60_001 })).toMatch(/^EXEC_INVALID_OPTION: timeout_ms: 60001 is longer than target 'b' allows/);
      expect(await run({ timeout_ms: 172_800_000, target: 'a' })).toBe(172_800_000);
      // What one allows is none of the others'.
      expect(await run({ timeout_ms: 86_400_001, target: 'c' })).toMatch(
        /^EXEC_INVALID_OPTION: timeout_ms: 86400001 is longer than target 'c' allows/,
      );
      expect(await run({ env: { X: '1' } })).toMatch(/^EXEC_PERMISSION: env: .*allowEnv/);
      expect(await run({ user: 'root' })).toMatch(/^EXEC_PERMISSION: user: .*Allowed: nobody/);
      expect(await run({ background: true })).toMatch(/^EXEC_PERMISSION: background: /);
      expect((await client.call('long', { target: 'a' })).structuredContent).toMatchObject({ timeout_ms: 172_800_000 });
      expect((await client.call('long')).structuredContent).toMatchObject({ timeout_ms: 60_000 });
    });
    const { run } = await home(text.replace('maxTimeout: 1m', 'maxTimeout: 60').replace('allowEnv: false', 'allowEnv: some'));
    expect(await run(['validate'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /:5:40: targets\.b\.mcp\.maxTimeout: is a number without a unit.*\n.*:5:87: targets\.b\.mcp\.allowEnv: is not allowed\. Allowed: true, false, or a list of variables\./,
      ),
    });
  });

  test('takes each host of an entry for a tool that names the entry', async () => {
    const text = `version: 1
targets:
  web: { kind: ssh, hosts: ["web[1-3].invalid"], labels: { env: prod }, mcp: { expose: tools } }
tools:
  t: { description: d, targets: [web], argv: [date] }
`;
    const [tool] = await served(text, [], async (client) => await client.tools());
    expect(JSON.stringify(tool)).toContain('One of: web1.invalid, web2.invalid, web3.invalid.');
  });

  test('has this machine as a target only where the file names it', async () => {
    const text = 'version: 1\ntargets: { a: { kind: local } }\n';
    await served(text, [], async (client) => {
      expect((await client.call('run_command', { command: 'id', target: 'local' })).text).toMatch(
        /^EXEC_NOT_FOUND: target: there is none named 'local'\. Allowed: a\./,
      );
    });
    const { run } = await home(text);
    expect(await run(['serve', '--stdio', '--target', 'local'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("there is no target 'local'"),
    });
  });

  test('refuses to serve nothing, and says why', async () => {
    const { run } = await home('version: 1\ntargets: { t: { kind: local, mcp: { expose: tools } } }\n');
    expect(await run(['serve', '--stdio'])).toMatchObject({
      code: 125,
      stderr: 'errand: serve: with mcp: { expose: tools } nothing is left: no tool of errand.yaml runs on t.\n',
    });
    // Elsewhere it is a target like any other.
    expect(await run(['run', '--target', 't', '-n', 'true'])).toMatchObject({ code: 0 });
    const { run: other } = await home('version: 1\ntargets: { t: { kind: local } }\n');
    expect(await other(['serve', '--stdio', '--tools-only'])).toMatchObject({
      code: 125,
      stderr: 'errand: serve: with --tools-only nothing is left: no tool of errand.yaml runs on t.\n',
    });
    expect(await other(['serve', '--stdio', '--read-only'])).toMatchObject({
      code: 125,
      stderr: 'errand: serve: with --read-only nothing is left: no tool of errand.yaml with readOnly runs on t.\n',
    });
    expect(await other(['serve', '--stdio', '--read-only', '--target', 'ssh://host.invalid'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('--read-only: a host that is named by its address has no tools'),
    });
    const { run: schema } = await home(
      'version: 1\ntargets: { t: { kind: local } }\ntools: { x: { description: d, argv: [date], output: { type: json, schema: { type: strng } } } }\n',
    );
    const says = 'errand.yaml:3:75: tools.x.output.schema: it is no schema (';
    for (const args of [['serve', '--stdio'], ['validate']])
      expect(await schema(args)).toMatchObject({ code: args[0] === 'serve' ? 125 : 1, stderr: expect.stringContaining(says) });
  });

  test('without a file has no tools', async () => {
    const { run } = await home();
    expect(await run(['serve', '--stdio', '--tools-only'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('--tools-only: there are no tools without a file'),
    });
  });
});

test('errand serve --dry-run prints what a client would get, and starts nothing', async () => {
  const text = `version: 1
targets: { web: { kind: local }, ci: { kind: local, mcp: { files: read } } }
tools: { uptime: { description: How long it runs, argv: [uptime], readOnly: true } }
`;
  const { run, directory } = await home(text);
  const printed = async (...args: string[]): Promise<{ instructions: string; tools: object[] }> => {
    const { code, stdout, stderr } = await run(['serve', '--dry-run', ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout.toString()) as { instructions: string; tools: object[] };
  };
  const all = await printed();
  const endpoint = stdioEndpoint({ XDG_STATE_HOME: directory }, '--config', `${directory}/errand.yaml`);
  await using client = await connect('v2 of 2025', endpoint);
  expect(all).toEqual({ instructions: client.instructions, tools: await client.tools() });
  const [only, ...others] = (await printed('--read-only', '--tools-only')).tools;
  expect(only).toMatchObject({ name: 'uptime', description: 'How long it runs', inputSchema: { type: 'object' } });
  expect(others.map((tool) => Reflect.get(tool, 'name'))).not.toContain('run_command');
});
