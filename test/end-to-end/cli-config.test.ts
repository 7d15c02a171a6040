import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, test } from 'vitest';
import { atEnd } from './cli/cleanup.ts';
import { type Ended, ERRAND, errand } from './cli/errand.ts';
import { temporaryDirectory } from './cli/temporary.ts';

interface Home {
  readonly directory: string;
  readonly run: (args: readonly string[], stdin?: string) => Promise<Ended>;
}

/** A directory with an errand.yaml, where errand is started, and a configuration directory of its own. */
async function home(text?: string): Promise<Home> {
  const directory = await temporaryDirectory();
  if (text !== undefined) await writeFile(join(directory, 'errand.yaml'), text);
  const env = { XDG_CONFIG_HOME: join(directory, 'config'), XDG_STATE_HOME: join(directory, 'state') };
  return { directory, run: (args, stdin = '') => errand(args, { cwd: directory, env, stdin }) };
}

const TWO = `version: 1
defaults: { target: b, env: { WHERE: file } }
targets:
  a: { kind: local, labels: { env: test }, description: the first, defaults: { env: { WHERE: a } } }
  b: { kind: local, defaults: { cwd: sub } }
`;

describe.concurrent('a configuration file', () => {
  test('says where commands run, and what holds for them', async () => {
    const { directory, run } = await home(TWO);
    await mkdir(join(directory, 'sub'));
    const where = ['-n', '-c', 'echo "$WHERE $PWD"'];
    expect(await run(['run', ...where])).toMatchObject({ code: 0, stdout: Buffer.from(`file ${directory}/sub\n`) });
    expect(await run(['run', '--target', 'a', ...where])).toMatchObject({ code: 0, stdout: Buffer.from(`a ${directory}\n`) });
    // What is said on the command line wins.
    expect((await run(['run', '--env', 'WHERE=here', '--cwd', '/usr', ...where])).stdout.toString()).toBe('here /usr\n');
    const { target } = JSON.parse((await run(['run', '--json', '-n', 'true'])).stdout.toString());
    expect(target).toBe('b');
  });

  test('is ./errand.yaml, else the one of the user; --config names another, and none is searched upwards', async () => {
    const { directory, run } = await home();
    const one = (name: string): string => `version: 1\ntargets: { ${name}: { kind: local } }\n`;
    const name = async (args: readonly string[] = []): Promise<string> => {
      const { stdout } = await run(['targets', '--json', ...args]);
      return JSON.parse(stdout.toString())[0].name;
    };
    expect(await name()).toBe('local');
    await mkdir(join(directory, 'config', 'errand'), { recursive: true });
    await writeFile(join(directory, 'config', 'errand', 'errand.yaml'), one('user'));
    expect(await name()).toBe('user');
    await writeFile(join(directory, 'errand.yaml'), one('here'));
    expect(await name()).toBe('here');
    await writeFile(join(directory, 'other.yaml'), one('other'));
    expect(await name(['--config', 'other.yaml'])).toBe('other');
    await mkdir(join(directory, 'below'));
    const below = await errand(['targets'], { cwd: join(directory, 'below'), env: { XDG_CONFIG_HOME: directory } });
    expect(below.stdout.toString()).toMatch(/\nlocal +local\n$/);
    expect(await run(['run', '--config', 'gone.yaml', 'true'])).toMatchObject({
      code: 125,
      stderr: `errand: --config: there is no file ${directory}/gone.yaml.\n`,
    });
  });

  test('with faults stops every command before anything starts, and tells them all', async () => {
    const { run } = await home('version: 1\ntargets:\n  a: { kind: local, shels: {} }\n  b: { kind: nothing }\n');
    const says = /^errand: errand\.yaml:3:21: targets\.a\.shels: is not known here\..*\nerrand: errand\.yaml:4:14: targets\.b\.kind: .*\n$/;
    for (const args of [['run', '-n', 'true'], ['ps'], ['shell'], ['serve', '--stdio'], ['targets'], ['attach', 'a-0123456789abcdef0123']])
      expect(await run(args), args.join(' ')).toMatchObject({ code: 125, stdout: Buffer.from(''), stderr: expect.stringMatching(says) });
  });

  test.each([
    ['no target of this name', ['--target', 'c'], "there is no target 'c' in errand.yaml. Allowed: local1, web1, web2."],
    ['a name of many hosts', ['--target', 'web'], "'web' stands for 2 hosts. Allowed: one of them, web1, web2."],
    ['none named', [], 'errand.yaml has several targets and names no default. Allowed: local1, web1, web2.'],
  ])('refuses %s', async (_what, args, says) => {
    const { run } = await home('version: 1\ntargets:\n  local1: { kind: local }\n  web: { kind: ssh, hosts: ["web[1-2]"] }\n');
    expect(await run(['run', ...args, '-n', 'true'])).toMatchObject({ code: 125, stderr: `errand: --target: ${says}\n` });
  });

  test('says which package a kind needs that is not installed', async () => {
    const { run } = await home('version: 1\ntargets: { far: { kind: ssh, host: far } }\n');
    const says =
      'errand: targets.far: the kind ssh needs @errand/backend-ssh, which is not installed. Install it beside errand: npm install @errand/backend-ssh\n';
    expect(await run(['run', '-n', 'true'])).toMatchObject({ code: 125, stderr: says });
    expect(await run(['serve', '--stdio'])).toMatchObject({ code: 125, stderr: says });
  });

  test('may set quotas, to which every target holds each tenant', async () => {
    const { directory, run } = await home(`${TWO}quotas: { tenants: { ci: { maxRunning: 0 } } }\n`);
    await mkdir(join(directory, 'sub'));
    const says = "errand: quota: the tenant 'ci' has reached maxRunning (0), so nothing was started. Raise the limit.\n";
    for (const target of ['a', 'b']) {
      const args = ['run', '--target', target, '-n', '-c', 'echo on'];
      expect(await run(args)).toEqual({ code: 0, stdout: Buffer.from('on\n'), stderr: '' });
      expect(await run([...args.slice(0, 1), '--tenant', 'ci', ...args.slice(1)])).toEqual({
        code: 75,
        stdout: Buffer.from(''),
        stderr: says,
      });
    }
    expect(await run(['serve', '--stdio'])).toMatchObject({ code: 0 });
    expect(await run(['validate'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['{ kind: redis, url: "http://:secret@x" }', 'is no URL of redis.'],
    ['{ url: "redis://:secret@x" }', 'stands beside memory.'],
    ['{ kind: postgres }', 'is missing.'],
  ])('refuses quotas in the store %s', async (store, says) => {
    const { run } = await home(`${TWO}quotas: { store: ${store} }\n`);
    const { code, stderr } = await run(['run', '--target', 'a', '-n', 'true']);
    expect([code, stderr]).toEqual([125, expect.stringContaining(`quotas.store.url: ${says}`)]);
    expect(stderr).not.toContain('secret');
  });

  test('may give a target a queue, without which a priority is refused', async () => {
    const { run } = await home(
      'version: 1\ntargets:\n  q: { kind: local, queue: { concurrency: 1, queueTimeout: 1m, weights: { ci: 2 } } }\n  p: { kind: local }\n',
    );
    const flags = ['--priority', 'high', '--tenant', 'ci', '--queue-timeout', '5s', '-n', '-c', 'echo on'];
    expect(await run(['run', '--target', 'q', ...flags])).toMatchObject({ code: 0, stdout: Buffer.from('on\n') });
    expect(await run(['run', '--target', 'p', ...flags])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^errand: --priority is not supported here/),
    });
    expect(await run(['run', '--target', 'q', '--priority', 'urgent', 'true'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('high, normal, low'),
    });
    const { run: other } = await home('version: 1\ntargets: { a: { kind: local, queue: { maxQueued: 5 } } }\n');
    expect(await other(['validate'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('targets.a.queue.concurrency: is missing.'),
    });
  });

  test("detached executions are found by their id alone, whose target's name it carries", async () => {
    const { directory, run } = await home(TWO);
    await mkdir(join(directory, 'sub'));
    const { stdout } = await run(['run', '--target', 'a', '--detach', '--keep', '10s', '-n', '-c', 'echo "$WHERE"; exit 4']);
    const id = stdout.toString().trim();
    expect(id).toMatch(/^a-[a-f0-9]{20}$/);
    expect(await run(['attach', id])).toMatchObject({ code: 4, stdout: Buffer.from('a\n') });
    expect(await run(['kill', '--target', 'b', id])).toMatchObject({ code: 125, stderr: expect.stringContaining('of the target b') });
  });
});

describe.concurrent('errand validate', () => {
  test('says that a file is valid, with 0, and what is in it', async () => {
    const { run } = await home(TWO);
    expect(await run(['validate'])).toEqual({ code: 0, stdout: Buffer.from('errand.yaml is valid: 2 targets, 0 tools\n'), stderr: '' });
    expect(await run(['validate', '--strict', 'errand.yaml'])).toMatchObject({ code: 0 });
  });

  test('tells every fault, with 1', async () => {
    const { run } = await home('version: 3\ntargets: { a: { kind: local, lifeline: 5s } }\n');
    expect(await run(['validate'])).toEqual({
      code: 1,
      stdout: Buffer.from(''),
      stderr:
        'errand.yaml:1:10: version: is not known. Allowed: 1.\nerrand.yaml:2:40: targets.a.lifeline: is out of range. Allowed: 11s to 24d.\n',
    });
  });

  test('tells warnings, which are faults with --strict', async () => {
    const { run } = await home('version: 1\ntargets: { a: { kind: docker, image: busybox } }\n');
    const warned = await run(['validate']);
    expect(warned).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^errand\.yaml:2:23: targets\.a\.kind: warning: the kind docker needs /),
    });
    const refused = await run(['validate', '--strict']);
    expect(refused).toMatchObject({
      code: 1,
      stdout: Buffer.from(''),
      stderr: expect.stringMatching(/^errand\.yaml:2:23: targets\.a\.kind: the kind/),
    });
  });

  test('needs a file', async () => {
    const { run } = await home();
    expect(await run(['validate'])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^errand: validate: there is no .*errand\.yaml/),
    });
    expect(await run(['validate', 'a.yaml', '--config', 'b.yaml'])).toMatchObject({ code: 125 });
  });

  test('finds nothing wrong with the examples of the pages', async () => {
    const { directory, run } = await home();
    const pages = ['docs/configuration.md', 'packages/cli/README.md'].map((page) => new URL(`../../${page}`, import.meta.url));
    const texts = await Promise.all(pages.map((page) => readFile(page, 'utf8')));
    const examples = texts.flatMap((text) => [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, example]) => example ?? ''));
    expect(examples.length).toBe(4);
    for (const [i, example] of examples.entries()) {
      await writeFile(join(directory, `${i}.yaml`), example);
      expect(await run(['validate', `${i}.yaml`])).toMatchObject({ code: 0 });
    }
  });

  test('prints the schema that the package carries', async () => {
    const { run } = await home();
    const { code, stdout } = await run(['validate', '--print-schema']);
    expect(code).toBe(0);
    const carried = await readFile(new URL('../../packages/cli/errand.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(stdout.toString())).toEqual(JSON.parse(carried));
  });
});

/** What tools answer through `errand serve --stdio`, called all at once. */
async function answersOf(
  args: readonly string[],
  text: string,
  ...calls: { readonly name: string; readonly arguments?: Record<string, unknown> }[]
): Promise<{ answers: unknown[]; stderr: string }> {
  const { directory } = await home(text);
  const [command, ...words] = [...ERRAND, 'serve', '--stdio', ...args];
  const transport = new StdioClientTransport({ command: command ?? '', args: words, cwd: directory, stderr: 'pipe' });
  let stderr = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  atEnd(() => client.close().catch(() => {}));
  await client.connect(transport);
  const answers = await Promise.all(calls.map(async (call) => (await client.callTool(call)).structuredContent));
  await client.close();
  return { answers, stderr };
}

describe.concurrent('errand serve', () => {
  const client = async (args: readonly string[], text: string): Promise<unknown> => {
    const { answers, stderr } = await answersOf(args, text, { name: 'list_targets' });
    expect(stderr).toBe('');
    return (answers[0] as { targets: unknown }).targets;
  };
  const runCommand = (given: object = {}): { name: string; arguments: Record<string, unknown> } => ({
    name: 'run_command',
    arguments: { argv: ['true'], ...given },
  });

  test('offers the targets that expose commands, with their labels and descriptions, or those that are named', async () => {
    const text = TWO.replace('kind: local, defaults', 'kind: local, mcp: { expose: none }, defaults').replace(
      '\n  b:',
      '\n  c: { kind: local }\n  b:',
    );
    expect(await client([], text)).toMatchObject([{ name: 'a', labels: { env: 'test' }, description: 'the first' }, { name: 'c' }]);
    expect(await client(['--target', 'c'], text)).toMatchObject([{ name: 'c' }]);
  });

  test('runs a command that names neither target nor timeout where, and for as long as, the file says', async () => {
    const text = `version: 1
defaults: { target: b, timeout: 2m }
targets:
  a: { kind: local, defaults: { timeout: 2d } }
  b: { kind: local }
`;
    const { answers } = await answersOf([], text, runCommand(), runCommand({ target: 'a' }), runCommand({ target: 'a', timeout_ms: 900 }));
    expect(answers).toMatchObject([
      { target: 'b', timeout_ms: 120_000 },
      { target: 'a', timeout_ms: 172_800_000 },
      { target: 'a', timeout_ms: 900 },
    ]);
    const without = text.replace('defaults: { target: b, timeout: 2m }\n', '');
    const { answers: others } = await answersOf([], without, runCommand({ target: 'b' }), runCommand());
    expect(others).toMatchObject([
      { target: 'b', timeout_ms: 600_000 },
      { code: 'EXEC_INVALID_OPTION', option: 'target' },
    ]);
  });

  test('on the command line has the last word on target, timeout and tenant', async () => {
    const text =
      'version: 1\ndefaults: { target: b, timeout: 2m }\ntargets: { a: { kind: local, defaults: { timeout: 3m } }, b: { kind: local }, c: { kind: local } }\n';
    const { answers } = await answersOf(['--target', 'a'], text, runCommand());
    expect(answers).toMatchObject([{ target: 'a', timeout_ms: 180_000 }]);
    const { answers: timed } = await answersOf(['--timeout', '9s', '--tenant', 'ci'], text, runCommand(), runCommand({ target: 'a' }));
    expect(timed).toMatchObject([
      { target: 'b', timeout_ms: 9_000 },
      { target: 'a', timeout_ms: 9_000 },
    ]);
    const { answers: none } = await answersOf(['--target', 'a', '--target', 'c'], text, runCommand());
    expect(none).toMatchObject([{ code: 'EXEC_INVALID_OPTION', option: 'target' }]);
    const { run } = await home(text);
    expect(await run(['serve', '--http', '0', '--tenant', 'ci'])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^errand: --tenant: only with --stdio/),
    });
    expect(await run(['serve', '--stdio', '--tenant', ''])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/^errand: --tenant: /),
    });
  });

  test('over stdio has commands of the tenant of --tenant, else of the file', async () => {
    const text =
      'version: 1\ntargets: { a: { kind: local, queue: { concurrency: 1, maxQueuedPerTenant: 0 }, defaults: { tenant: file } } }\n';
    const refusals = async (args: readonly string[]): Promise<string> => {
      const { answers } = await answersOf(args, text, runCommand({ argv: ['sleep', '1'] }), runCommand({ argv: ['sleep', '1'] }));
      return JSON.stringify(answers);
    };
    expect(await refusals(['--tenant', 'ci'])).toContain("tenant 'ci'");
    expect(await refusals([])).toContain("tenant 'file'");
  });

  test('refuses a target that exposes none, and a file without one that does', async () => {
    const { run } = await home('version: 1\ntargets: { a: { kind: local, mcp: { expose: none } } }\n');
    expect(await run(['serve', '--stdio', '--target', 'a'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('targets.a.mcp.expose'),
    });
    expect(await run(['serve', '--stdio'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('no target in errand.yaml exposes'),
    });
  });
});

describe.concurrent('tools that are not served yet', () => {
  const text = 'version: 1\ntargets: { a: { kind: local }, t: { kind: local, mcp: { expose: tools } } }\n';

  test('are a reason for errand serve to refuse a target that exposes nothing else', async () => {
    const { run } = await home(text);
    const says =
      'errand: targets.t.mcp.expose: tools are not served yet, so nothing of this target would be. Allowed until then: commands, none.\n';
    for (const args of [[], ['--target', 't']]) expect(await run(['serve', '--stdio', ...args])).toMatchObject({ code: 125, stderr: says });
    expect(await run(['serve', '--stdio', '--target', 'a'])).toMatchObject({ code: 0, stderr: '' });
    // Elsewhere it is a target like any other.
    expect(await run(['run', '--target', 't', '-n', 'true'])).toMatchObject({ code: 0 });
  });

  test('are told by errand validate and, beside what is served, by errand serve', async () => {
    const { run } = await home(text);
    expect(await run(['validate'])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^errand\.yaml:2:\d+: targets\.t\.mcp\.expose: warning: errand serve refuses this until it serves tools\.\n$/,
      ),
    });
    const { run: other } = await home(
      'version: 1\ntargets: { a: { kind: local } }\ntools: { t: { description: d, targets: [a], argv: [date] } }\n',
    );
    expect(await other(['serve', '--stdio'])).toMatchObject({
      code: 0,
      stderr: 'errand: warning: errand.yaml: tools: are not served yet; what is served is run_command and list_targets.\n',
    });
  });
});

describe.concurrent('errand targets', () => {
  test('lists them in the order of the file, a line each', async () => {
    const { run } = await home(TWO);
    expect((await run(['targets'])).stdout.toString()).toBe(
      'NAME  KIND   LABELS    DESCRIPTION\na     local  env=test  the first\nb     local\n',
    );
    expect((await run(['targets', '--label', 'env=test', '--json'])).stdout.toString()).toBe(
      '[{"name":"a","kind":"local","entry":"a","labels":{"env":"test"},"mcp":"commands","description":"the first"}]\n',
    );
    expect((await run(['targets', '--label', 'env=x', '--json'])).stdout.toString()).toBe('[]\n');
    expect(await run(['targets', '--label', 'x'])).toMatchObject({ code: 125, stderr: expect.stringContaining('NAME=value') });
  });
});
