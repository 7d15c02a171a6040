import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, test } from 'vitest';
import { atEnd } from './cli/cleanup.ts';
import { errand, start } from './cli/errand.ts';
import { heard } from './cli/output.ts';
import { temporaryDirectory } from './cli/temporary.ts';

const YAML = `version: 1
defaults: { target: busy }
targets:
  busy: { kind: local, queue: { concurrency: 1, maxQueuedPerTenant: 1 } }
  other: { kind: local }
`;

async function connected(url: string, token: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  atEnd(() => client.close().catch(() => {}));
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  return client;
}

test('errand token prints the token of a name, makes it the first time, and tells where it lies', async () => {
  const home = await temporaryDirectory();
  const run = (...args: string[]): ReturnType<typeof errand> => errand(['token', ...args], { env: { XDG_STATE_HOME: home } });
  const made = await run('ci');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout.toString()).toMatch(/^[\w-]{43}\n$/);
  expect(await run('ci')).toEqual(made);
  expect(await run('--path', 'ci')).toMatchObject({ stdout: Buffer.from(`${home}/errand/tokens/ci\n`) });
  expect(await readFile(join(home, 'errand', 'tokens', 'ci'))).toEqual(made.stdout);
  const own = await run();
  expect(own.stdout).not.toEqual(made.stdout);
  expect(await readFile(join(home, 'errand', 'token'))).toEqual(own.stdout);
  expect(await run('a/b')).toMatchObject({
    code: 125,
    stderr: expect.stringMatching(/^errand: token: 'a\/b' is no name\. Allowed: /),
  });
});

test('errand serve --http tells whose tokens it takes, and gives each a line of its own in the queue', async () => {
  const home = await temporaryDirectory();
  await writeFile(join(home, 'errand.yaml'), YAML);
  const env = { XDG_STATE_HOME: home };
  const tokens = await Promise.all(['alice', 'bob'].map(async (name) => (await errand(['token', name], { env })).stdout.toString().trim()));
  const child = start(['serve', '--http', '0'], { cwd: home, env });
  const { input: said, 1: url = '' } = await heard(child.stderr, /serving MCP at (\S+) .*\n/);
  expect(said).toContain(`errand: bearer tokens of the tenants alice, bob: ${home}/errand/tokens\n`);
  // What starts a server finds a token in that line, whichever there are.
  expect(said).toContain(`(bearer token: ${home}/errand/tokens/alice)\n`);
  for (const token of tokens) expect(said).not.toContain(token);

  const [alice, bob] = await Promise.all(tokens.map((token) => connected(url, token)));
  if (!alice || !bob) throw new Error('unreachable');
  const run = (client: Client, command: string): ReturnType<Client['callTool']> =>
    client.callTool({ name: 'run_command', arguments: { command, cwd: home } });
  const running = run(alice, ': >begun; until [ -e go ]; do sleep 0.02; done');
  await expect.poll(() => readFile(join(home, 'begun')).catch(() => undefined), { timeout: 5_000 }).toBeDefined();
  const waiting = [run(alice, 'echo alice'), run(alice, 'echo alice')];
  // One of them waits, one too many is refused: it is alice's, who has a line of her own.
  const refused = await Promise.race(waiting);
  expect(refused).toMatchObject({ isError: true, structuredContent: { code: 'EXEC_QUEUE_FULL' } });
  expect(JSON.stringify(refused)).toContain("tenant 'alice'");
  const bobs = run(bob, 'echo bob');
  await writeFile(join(home, 'go'), '');
  expect((await bobs).structuredContent).toMatchObject({ target: 'busy', stdout: 'bob\n' });
  await Promise.all([running, ...waiting]);
});
