import { writeFile } from 'node:fs/promises';
import { localExecutor } from '@errand/core';
import { serveHttp } from '@errand/mcp-adapter';
import type { Client as ClientV2 } from '@modelcontextprotocol/client';
import type { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { describe, expect, test } from 'vitest';
import { connect, type Endpoint, GENERATIONS, type Generation, type TestClient } from './mcp/clients.ts';
import { poll, temporaryDirectory } from './mcp/processes.ts';
import { startCliServer, stdioEndpoint } from './mcp/servers.ts';

type Sdk = ClientV1 | ClientV2;
type Place = AsyncDisposable & { readonly endpoint: Endpoint; readonly path: string };
interface Notification {
  readonly method: string;
  readonly params?: Record<string, unknown> | undefined;
}

const WAIT_MS = 15_000;
const CASES = (['stdio', 'http'] as const).flatMap((transport) =>
  GENERATIONS.map((generation): [string, Generation] => [transport, generation]),
);
/** Revisions in which a client subscribes, and sets the level of its log, at a server. */
const OF_2025 = CASES.filter(([, generation]) => generation !== 'v2 of 2026-07-28');

const NONE = [
  'errand://jobs/local-0123456789abcdef0123/stdout',
  'errand://jobs/local-0123456789abcdef0123/stdin',
  'errand://jobs/../stdout',
  'errand://targets/nowhere',
  'errand://targets/../targets',
  'file:///etc/passwd',
];

/** A directory of the test's, and a server with its state there. */
async function place(transport: string): Promise<Place> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  if (transport === 'stdio') return { ...directory, path, endpoint: stdioEndpoint({ XDG_STATE_HOME: path }) };
  const server = await startCliServer(path);
  const dispose = async (): Promise<void> => {
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  };
  return { endpoint: server, path, [Symbol.asyncDispose]: dispose };
}

async function textOf(sdk: Sdk, uri: string): Promise<string> {
  const { contents } = await sdk.readResource({ uri });
  return contents.map((each) => ('text' in each ? each.text : '')).join();
}

async function urisOf(sdk: Sdk, cursor?: string): Promise<readonly string[]> {
  const { resources, nextCursor } = await sdk.listResources(cursor === undefined ? {} : { cursor });
  const here = resources.map(({ uri }) => uri);
  return nextCursor === undefined ? here : [...here, ...(await urisOf(sdk, nextCursor))];
}

/** All that a server tells this client by itself. */
function told({ sdk }: TestClient): readonly Notification[] {
  const all: Notification[] = [];
  sdk.fallbackNotificationHandler = async (notification) => void all.push(notification);
  return all;
}

async function start(client: TestClient, args: Record<string, unknown>): Promise<string> {
  return String((await client.call('run_command', { wait_ms: 0, ...args })).structuredContent?.['job_id']);
}

describe.each(CASES)('over %s to a client %s', (transport, generation) => {
  test('what a job writes is a resource, while it runs and after it', async () => {
    await using at = await place(transport);
    await using client = await connect(generation, at.endpoint);
    const { sdk } = client;
    const command = 'echo out; echo err >&2; until [ -e go ]; do sleep 0.02; done; seq 1 20000; printf "\\033[2J"';
    const job = await start(client, { command, cwd: at.path });
    const [stdout, stderr] = ['stdout', 'stderr'].map((stream) => `errand://jobs/${job}/${stream}`) as [string, string];
    expect(await urisOf(sdk)).toEqual(['errand://targets', stdout, stderr]);
    await poll('it writes', WAIT_MS, async () => (await textOf(sdk, stdout)) === 'out\n' && (await textOf(sdk, stderr)) === 'err\n');
    await writeFile(`${at.path}/go`, '');
    await client.call('read_output', { job_id: job, offset: -1, wait_ms: WAIT_MS });
    await poll('it ends', WAIT_MS, async () => (await textOf(sdk, stdout)).includes('20000'));
    const [note = '', ...lines] = (await textOf(sdk, stdout)).split('\n');
    const total = 4 + 108_894 + 4;
    expect(note).toBe(
      `[the first ${total - 65_536} bytes are left out: read_output reads them, with job_id ${job}, stream stdout and an offset]`,
    );
    expect(lines.at(-2)).toBe('20000');
    expect(lines.at(-1)).not.toContain('\u001b');
    expect(await textOf(sdk, stderr)).toBe('err\n');
  });

  test('targets are a resource, all and each', async () => {
    await using at = await place(transport);
    await using client = await connect(generation, at.endpoint);
    const all = JSON.parse(await textOf(client.sdk, 'errand://targets'));
    expect(all.targets).toMatchObject([{ name: 'local' }]);
    expect(JSON.parse(await textOf(client.sdk, 'errand://targets/local'))).toMatchObject({ name: 'local' });
  });

  test('that a client is told of changes is said of what it is told of alone', async () => {
    await using at = await place(transport);
    await using client = await connect(generation, at.endpoint);
    expect(client.sdk.getServerCapabilities()?.resources?.listChanged ?? false).toBe(false);
    expect(client.sdk.getServerCapabilities()?.tools?.listChanged).toBe(true);
  });

  test('what is none is told', async () => {
    await using at = await place(transport);
    await using client = await connect(generation, at.endpoint);
    for (const uri of NONE) await expect(client.sdk.readResource({ uri }), uri).rejects.toMatchObject({ code: -32602 });
    await expect(client.sdk.listResources({ cursor: 'x' })).rejects.toMatchObject({ code: -32602 });
  });

  test('names of targets and ids of jobs are completed', async () => {
    await using at = await place(transport);
    await using client = await connect(generation, at.endpoint);
    const job = await start(client, { command: 'true', background: true });
    const complete = async (uri: string, name: string, value: string): Promise<readonly string[]> =>
      (await client.sdk.complete({ ref: { type: 'ref/resource', uri }, argument: { name, value } })).completion.values;
    expect(await complete('errand://targets/{target}', 'target', 'lo')).toEqual(['local']);
    expect(await complete('errand://targets/{target}', 'target', 'x')).toEqual([]);
    expect(await complete('errand://jobs/{id}/stderr', 'id', job.slice(0, 8))).toEqual([job]);
    expect(await complete('errand://other/{id}', 'id', '')).toEqual([]);
    const templates = (await client.sdk.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate);
    expect(templates.toSorted()).toEqual(['errand://jobs/{id}/stderr', 'errand://jobs/{id}/stdout', 'errand://targets/{target}']);
  });
});

const CHOOSING = `version: 1
targets: { here: { kind: local } }
tools:
  deploy:
    description: Deploys it
    argv: [echo, "{stage}", "{name}"]
    parameters:
      stage: { type: enum, values: [staging, production, "a/b c!"], description: Where to }
      name: { type: string }
`;

test.each(GENERATIONS)('%s: words that a configured tool takes are completed, where it is offered', async (generation) => {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/errand.yaml`;
  await writeFile(file, CHOOSING);
  await using server = await startCliServer(directory.path, '--config', file);
  await using client = await connect(generation, server);
  const { sdk } = client;
  const uri = 'errand://tools/deploy/stage/{stage}';
  const complete = async (name: string, value: string): Promise<readonly string[]> =>
    (await sdk.complete({ ref: { type: 'ref/resource', uri }, argument: { name, value } })).completion.values;
  expect(await complete('stage', '')).toEqual(['staging', 'production', 'a/b c!']);
  expect(await complete('stage', 'pro')).toEqual(['production']);
  expect(await complete('name', '')).toEqual([]);
  expect((await sdk.listResourceTemplates()).resourceTemplates).toContainEqual(
    expect.objectContaining({ uriTemplate: uri, description: 'Where to' }),
  );
  expect(JSON.parse(await textOf(sdk, 'errand://tools/deploy/stage/a%2Fb%20c%21'))).toEqual({
    tool: 'deploy',
    parameter: 'stage',
    value: 'a/b c!',
    description: 'Where to',
  });
  for (const none of ['stage/nowhere', 'name/x', 'stage/%', 'constructor/x'])
    await expect(sdk.readResource({ uri: `errand://tools/deploy/${none}` }), none).rejects.toMatchObject({ code: -32602 });
});

describe.each(OF_2025)('over %s a client %s', (transport, generation) => {
  test('that has subscribed to a stream is told of what is written, and of its end, and of nothing once it asks for that', async () => {
    await using at = await place(transport);
    await using client = await connect(generation, at.endpoint);
    const { sdk } = client;
    const all = told(client);
    const updates = (): number => all.filter(({ method }) => method === 'notifications/resources/updated').length;
    const until = (name: string): string => `until [ -e ${name} ]; do sleep 0.02; done`;
    const job = await start(client, { command: `${until('one')}; echo 1; ${until('two')}; echo 2`, cwd: at.path });
    const uri = `errand://jobs/${job}/stdout`;
    await sdk.subscribeResource({ uri });
    await writeFile(`${at.path}/one`, '');
    await poll('it is told', WAIT_MS, () => updates() === 1);
    expect(all[0]?.params).toEqual({ uri });
    expect(await textOf(sdk, uri)).toBe('1\n');
    await writeFile(`${at.path}/two`, '');
    await poll('it is told', WAIT_MS, async () => updates() >= 2 && (await textOf(sdk, uri)) === '1\n2\n');
    const other = await start(client, { command: `${until('three')}; echo 3`, cwd: at.path });
    await sdk.subscribeResource({ uri: `errand://jobs/${other}/stdout` });
    await sdk.unsubscribeResource({ uri: `errand://jobs/${other}/stdout` });
    await writeFile(`${at.path}/three`, '');
    await client.call('read_output', { job_id: other, wait_ms: WAIT_MS });
    expect(all.filter(({ params }) => String(params?.['uri']).includes(other))).toEqual([]);
    await expect(sdk.subscribeResource({ uri: 'errand://jobs/none/stdout' })).rejects.toThrow();
  });

  test('is told of its commands once it has set a level, and of none before', async () => {
    await using at = await place(transport);
    await using client = await connect(generation, at.endpoint);
    const { sdk } = client;
    const all = told(client);
    const messages = (): unknown[] => all.filter(({ method }) => method === 'notifications/message').map(({ params }) => params);
    await client.call('run_command', { command: 'true' });
    await sdk.setLoggingLevel('warning');
    await client.call('run_command', { command: 'true' });
    await sdk.setLoggingLevel('info');
    await client.call('run_command', { command: 'exit 3' });
    await poll('it is told', WAIT_MS, () => messages().length >= 2);
    expect(messages()).toMatchObject([
      { level: 'info', logger: 'errand', data: { target: 'local' } },
      { level: 'info', logger: 'errand', data: { target: 'local', outcome: 'exited', exitCode: 3 } },
    ]);
    expect(JSON.stringify(messages())).not.toContain('exit 3');
  });
});

test.each(GENERATIONS)("to a client %s nothing of another's is there", async (generation) => {
  await using state = await temporaryDirectory();
  await using executor = localExecutor();
  await using server = await serveHttp(executor, {
    tokens: { alice: 'alice-has-this-token', bob: 'bob-has-another-token' },
    stateDirectory: state.path,
  });
  await using alice = await connect(generation, { url: server.url, token: 'alice-has-this-token' });
  await using bob = await connect(generation, { url: server.url, token: 'bob-has-another-token' });
  const seen = told(bob);
  if (generation !== 'v2 of 2026-07-28') await bob.sdk.setLoggingLevel('debug');
  const job = await start(alice, { command: 'echo secret; exec sleep 60' });
  const uri = `errand://jobs/${job}/stdout`;
  await poll('it writes', WAIT_MS, async () => (await textOf(alice.sdk, uri)) === 'secret\n');
  expect(await urisOf(bob.sdk)).toEqual(['errand://targets']);
  await expect(bob.sdk.readResource({ uri })).rejects.toThrow();
  const ids = await bob.sdk.complete({
    ref: { type: 'ref/resource', uri: 'errand://jobs/{id}/stdout' },
    argument: { name: 'id', value: '' },
  });
  expect(ids.completion.values).toEqual([]);
  if (generation !== 'v2 of 2026-07-28') await expect(bob.sdk.subscribeResource({ uri })).rejects.toThrow();
  await alice.call('signal_job', { job_id: job });
  await alice.call('read_output', { job_id: job, offset: 7, wait_ms: WAIT_MS });
  expect(seen).toEqual([]);
});
