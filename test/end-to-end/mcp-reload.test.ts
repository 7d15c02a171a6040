import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { errand } from './cli/errand.ts';
import { connect, type Endpoint, GENERATIONS, type Generation, type TestClient } from './mcp/clients.ts';
import { poll, temporaryDirectory } from './mcp/processes.ts';
import { startCliServer, stdioEndpoint } from './mcp/servers.ts';

const ONE = `version: 1
targets:
  kept: { kind: local, description: before }
  other: { kind: local, environment: minimal }
`;
const TWO = `version: 1
targets:
  kept: { kind: local, description: after }
  other: { kind: local, defaults: { env: { MADE: anew } } }
  added: { kind: local }
tools:
  greet: { description: Greets, argv: [echo, hello], targets: [kept] }
`;

interface Place extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly path: string;
  pid(client: TestClient): number;
  log(client: TestClient): string;
  /** As editors write: another file takes the place of the first. */
  write(text: string): Promise<void>;
}

async function place(transport: 'stdio' | 'http', ...args: string[]): Promise<Place> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  const file = `${path}/errand.yaml`;
  await mkdir(`${path}/state`, { mode: 0o700 });
  await writeFile(file, ONE);
  const write = async (text: string): Promise<void> => {
    await writeFile(`${path}/.draft`, text);
    await rename(`${path}/.draft`, file);
  };
  const common = ['--config', file, '--log-level', 'info', ...args];
  if (transport === 'stdio')
    return {
      endpoint: stdioEndpoint({ XDG_STATE_HOME: `${path}/state` }, ...common),
      path,
      pid: ({ serverPid = 0 }) => serverPid,
      log: (client) => client.log(),
      write,
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  const server = await startCliServer(`${path}/state`, ...common);
  return {
    endpoint: server,
    path,
    pid: () => server.child.pid ?? 0,
    log: server.log,
    write,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const CASES = (['stdio', 'http'] as const).flatMap((transport) =>
  GENERATIONS.map((generation): [string, Generation] => [transport, generation]),
);

test.each(CASES)(
  'over %s a client %s is told of other tools, uses other targets, and follows what ran before to its end',
  async (transport, generation) => {
    await using at = await place(transport === 'http' ? 'http' : 'stdio');
    let told = 0;
    await using client = await connect(generation, at.endpoint, () => {
      told += 1;
    });
    const command = 'echo "${MADE:-none}"; until [ -e go ]; do sleep 0.02; done; echo "${MADE:-none}"';
    const started = await client.call('run_command', { command, cwd: at.path, target: 'other', wait_ms: 0 });
    const jobId = String(started.structuredContent?.['job_id']);
    await client.call('run_command', { command: 'cd /; X=1', target: 'kept', session: 'a' });
    await client.call('run_command', { command: 'cd /; X=1', target: 'other', session: 'a' });
    await at.write(TWO);
    await poll('it tells', 15_000, () => told > 0);
    expect((await client.tools()).map(({ name }) => name)).toContain('greet');
    expect(await client.call('greet')).toMatchObject({ text: expect.stringContaining('hello') });
    const targets = await client.call('list_targets');
    expect(targets.text.split('\n').map((line) => line.split(' ')[0])).toEqual(['added', 'kept', 'other']);
    expect(targets.text).toContain('after');
    expect(await client.call('run_command', { command: 'echo "$MADE"', target: 'other' })).toMatchObject({
      text: expect.stringContaining('anew'),
    });
    // A session of what is the same goes on; one of what is not is told to be over, once.
    const inSession = async (target: string): Promise<string> =>
      (await client.call('run_command', { command: 'echo "[$X]"', target, session: 'a' })).text;
    expect(await inSession('kept')).toContain('[1]');
    expect(await inSession('other')).toMatch(/^EXEC_SESSION_CLOSED.*configuration/s);
    expect(await inSession('other')).toContain('[]');
    await writeFile(`${at.path}/go`, '');
    const read = async (offset: number): Promise<unknown> =>
      (await client.call('read_output', { job_id: jobId, offset, wait_ms: 15_000 })).structuredContent;
    expect(await read(5)).toMatchObject({ data: 'none\n' });
    expect(await read(10)).toMatchObject({ state: 'ended', exit_code: 0 });
    expect((await client.call('list_jobs')).text).toContain(jobId);
    expect(at.log(client)).toMatch(/"closing":\["other"\].*The configuration was read again/);
  },
  60_000,
);

test('the same call under a key is the same run, also when its target was changed since, and when that run is over', async () => {
  await using at = await place('http');
  await using client = await connect('v2 of 2026-07-28', at.endpoint);
  const command = 'echo $$ >>pids; echo begun; until [ -e go ]; do sleep 0.02; done; echo done';
  const args = { command, cwd: at.path, target: 'other', idempotency_key: 'k' };
  const first = await client.call('run_command', { ...args, wait_ms: 0 });
  const short = { command: 'echo $$ >>pids', cwd: at.path, target: 'other', idempotency_key: 'short' };
  const shortly = await client.call('run_command', short);
  await at.write(TWO);
  await poll('it is read', 15_000, () => at.log(client).includes('was read again'));

  const again = client.call('run_command', args);
  await expect(client.call('run_command', { ...args, command: 'echo other' })).resolves.toMatchObject({
    isError: true,
    text: expect.stringMatching(/^EXEC_CONFLICT: idempotency_key: /),
  });
  await writeFile(`${at.path}/go`, '');
  const { structuredContent } = await again;
  const jobId = first.structuredContent?.['job_id'];
  expect(structuredContent).toMatchObject({ job_id: jobId, outcome: 'exited', exit_code: 0, stdout: 'begun\ndone\n' });
  expect((await client.call('run_command', args)).structuredContent).toStrictEqual(structuredContent);
  // No input is as good as an empty one.
  const shortAgain = await client.call('run_command', { ...short, stdin: '' });
  expect(shortAgain.structuredContent).toStrictEqual(shortly.structuredContent);
  expect((await readFile(`${at.path}/pids`, 'utf8')).trim().split('\n')).toHaveLength(2);
});

test('who has subscribed to the targets is told that they are others', async () => {
  await using at = await place('http');
  await using client = await connect('v2 of 2025', at.endpoint);
  const told: unknown[] = [];
  client.sdk.fallbackNotificationHandler = async ({ method, params }) => void told.push({ method, params });
  await client.sdk.subscribeResource({ uri: 'errand://targets' });
  await at.write(`${ONE}  third: { kind: local }\n`);
  const expected = { method: 'notifications/resources/updated', params: { uri: 'errand://targets' } };
  await vi.waitFor(() => expect(told).toContainEqual(expected), { timeout: 15_000 });
});

test('a file that is wrong changes nothing, and is told of as errand validate does; SIGHUP has the file read, too', async () => {
  await using at = await place('http');
  await using client = await connect('v1', at.endpoint);
  await at.write(ONE.replaceAll('kind: local,', 'kind: lokal,'));
  await poll('it tells', 15_000, () => at.log(client).includes('nothing has changed'));
  const [line = ''] = at
    .log(client)
    .split('\n')
    .filter((each) => each.includes('nothing has changed'));
  const { level, faults } = JSON.parse(line) as { level: string; faults: string[] };
  const validated = await errand(['validate', `${at.path}/errand.yaml`]);
  expect({ level, faults }).toEqual({ level: 'error', faults: validated.stderr.trim().split('\n') });
  expect(faults).toHaveLength(2);
  expect((await client.call('run_command', { command: 'echo still', target: 'kept' })).text).toContain('still');
  const read = (): number => at.log(client).split('was read again').length - 1;
  await at.write(ONE);
  await poll('it is read', 15_000, () => read() === 1);
  process.kill(at.pid(client), 'SIGHUP');
  await poll('it is read', 15_000, () => read() === 2);
  // Nothing was made anew.
  expect(at.log(client)).not.toContain('"closing":["');
});

test('what holds from the next start on is told, and a target that is gone is refused while its job goes on', async () => {
  await using at = await place('http');
  await using client = await connect('v2 of 2025', at.endpoint);
  const command = ': >begun; until [ -e go ]; do sleep 0.02; done; echo done';
  const call = client.call('run_command', { command, cwd: at.path, target: 'other' });
  await poll('it runs', 15_000, () => existsSync(`${at.path}/begun`));
  await at.write('version: 1\nmcp: { jobTtl: 1h, maxJobs: 9 }\nhttp: { requestsPerMinute: 100 }\ntargets: { kept: { kind: local } }\n');
  await poll('it tells', 15_000, () => at.log(client).includes('was read again'));
  expect(at.log(client)).toMatch(/"settings":\["http","mcp.jobTtl"\].*from the next start on/);
  expect((await client.call('run_command', { command: 'true', target: 'other' })).text).toMatch(/^EXEC_NOT_FOUND/);
  expect((await client.call('run_command', { command: 'echo here' })).text).toContain('here');
  await writeFile(`${at.path}/go`, '');
  expect((await call).structuredContent).toMatchObject({ outcome: 'exited', stdout: 'done\n' });
});

test('who is let in to some targets alone keeps the session and the jobs of a target that is changed', async () => {
  await using at = await place('http');
  if (!('url' in at.endpoint)) return;
  const url = at.endpoint.url.replace('/mcp', '/other/mcp');
  await using client = await connect('v2 of 2025', { ...at.endpoint, url });
  const job = await client.call('run_command', { command: 'until [ -e go ]; do sleep 0.02; done; echo done', cwd: at.path, wait_ms: 0 });
  await at.write(TWO);
  await poll('it is read', 15_000, () => at.log(client).includes('was read again'));
  expect((await client.call('run_command', { command: 'echo "$MADE"' })).text).toContain('anew');
  expect((await client.tools()).map(({ name }) => name)).not.toContain('greet');
  await writeFile(`${at.path}/go`, '');
  const read = await client.call('read_output', { job_id: job.structuredContent?.['job_id'], wait_ms: 15_000 });
  expect(read.structuredContent).toMatchObject({ data: 'done\n' });
});
