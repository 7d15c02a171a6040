import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Executor, localExecutor } from '@errand/core';
import { type HttpServer, registerTools, type ServeHttpOptions, serveHttp } from '@errand/mcp-adapter';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, GENERATIONS, type TestClient } from './mcp/clients.ts';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { endOf, jobsIn, LONG, outputOf, startJob } from './mcp/jobs.ts';
import { poll, temporaryDirectory } from './mcp/processes.ts';

const ALICE = 'alice-has-this-token';
const BOB = 'bob-has-another-token';
const NOBODY = 'a-token-without-a-name';

let executor: Executor;
let state: { readonly path: string } & AsyncDisposable;
beforeEach(async () => {
  state = await temporaryDirectory();
  // What is in the background is kept there, too.
  executor = localExecutor({ environment: { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: state.path } });
});
afterEach(async () => {
  await executor.close();
  await state[Symbol.asyncDispose]();
});

const serve = (options: Partial<ServeHttpOptions> = {}): Promise<HttpServer> =>
  serveHttp(executor, { tokens: { alice: ALICE, bob: BOB }, token: NOBODY, stateDirectory: state.path, ...options });

/** All that can be tried on a job. */
function tries(jobId: string): readonly [tool: string, args: Record<string, unknown>][] {
  return [
    ['read_output', { job_id: jobId }],
    ['read_output', { job_id: jobId, stream: 'stderr', offset: -1, encoding: 'base64' }],
    ['write_stdin', { job_id: jobId, data: 'x\n' }],
    ['write_stdin', { job_id: jobId, end: true }],
    ['signal_job', { job_id: jobId }],
    ['signal_job', { job_id: jobId, signal: 'SIGKILL' }],
  ];
}

async function answers(client: TestClient, jobId: string): Promise<string> {
  const all: unknown[] = [];
  for (const [tool, args] of tries(jobId)) all.push(await client.call(tool, args));
  return JSON.stringify(all).replaceAll(jobId, 'ID');
}

describe.each(GENERATIONS)('to a client %s', (generation) => {
  test("another's job is as one that never was, whether it runs, has ended, or is in the background", async () => {
    await using server = await serve();
    const as = (token: string): Promise<TestClient> => connect(generation, { url: server.url, token });
    await using alice = await as(ALICE);
    const running = await startJob(alice, { command: 'cat; echo over', stdin_open: true });
    const ended = String((await alice.call('run_command', { command: 'seq 1 20000' })).structuredContent?.['job_id']);
    const background = await startJob(alice, { command: 'exec sleep 3600', background: true });
    const never = 'local-0123456789abcdef0123';
    for (const token of [BOB, NOBODY]) {
      await using other = await as(token);
      const nothing = await answers(other, never);
      expect(nothing).toContain('EXEC_NOT_FOUND');
      for (const jobId of [running, ended, background]) expect(await answers(other, jobId)).toBe(nothing);
      expect(jobsIn((await other.call('list_jobs')).structuredContent)).toEqual([]);
    }
    expect(jobsIn((await alice.call('list_jobs')).structuredContent).map(({ job_id, state: is }) => [job_id, is])).toEqual([
      [background, 'running'],
      [ended, 'ended'],
      [running, 'running'],
    ]);
    // In another session, or after another connect, the jobs are still those of who started them.
    await using again = await as(ALICE);
    await again.call('write_stdin', { job_id: running, data: 'mine\n', end: true });
    expect(await outputOf(again, running, 10)).toBe('mine\nover\n');
    await again.call('signal_job', { job_id: background, wait_ms: LONG });
  });
});

test('one caller may have so many commands running, and holds up nobody else', async () => {
  await using server = await serve({ maxJobs: 3 });
  await using alice = await connect('v2 of 2026-07-28', { url: server.url, token: ALICE });
  await using bob = await connect('v2 of 2026-07-28', { url: server.url, token: BOB });
  const sleeping = { command: 'exec sleep 3600', wait_ms: 1 };
  const all = await Promise.all(Array.from({ length: 10 }, () => alice.call('run_command', sleeping)));
  const started = all.filter(({ isError }) => !isError).map(({ structuredContent }) => String(structuredContent?.['job_id']));
  expect(started).toHaveLength(3);
  for (const { structuredContent } of all.filter(({ isError }) => isError)) expect(structuredContent).toMatchObject({ code: 'EXEC_QUOTA' });
  expect(await bob.call('run_command', { command: 'true' })).toMatchObject({ isError: false });
  await alice.call('signal_job', { job_id: started[0], wait_ms: LONG });
  expect(await alice.call('run_command', { command: 'true' })).toMatchObject({ isError: false });

  const background = { ...sleeping, background: true };
  const asked = await Promise.all(Array.from({ length: 6 }, () => alice.call('run_command', background)));
  const detached = asked.filter(({ isError }) => !isError).map(({ structuredContent }) => String(structuredContent?.['job_id']));
  expect(detached).toHaveLength(3);
  for (const { text } of asked.filter(({ isError }) => isError)) expect(text).toMatch(/^EXEC_QUOTA/);
  await alice.call('signal_job', { job_id: detached[0], wait_ms: LONG });
  detached.push(await startJob(alice, background));
  for (const id of detached) await alice.call('signal_job', { job_id: id, wait_ms: LONG });
});

test('a job that has ended is kept for as long as was said, and a stream within its bound', async () => {
  await using server = await serve({ jobTtlMs: 1, maxJobOutputBytes: 65_536 });
  await using client = await connect('v2 of 2026-07-28', { url: server.url, token: ALICE });
  const jobId = await startJob(client, { command: 'seq 1 100000; cat', stdin_open: true });
  await poll('all of it', LONG, async () => {
    const { structuredContent } = await client.call('read_output', { job_id: jobId, offset: -1 });
    return structuredContent?.['total_bytes'] === 588_895;
  });
  let gone: Record<string, unknown> | undefined;
  let kept = 0;
  for (let offset = 0; offset < 588_895; ) {
    const {
      isError,
      text,
      structuredContent: page = {},
    } = await client.call('read_output', { job_id: jobId, offset, max_bytes: 65_536, wait_ms: LONG });
    expect(isError, text).toBe(false);
    if (page['gone_bytes'] !== undefined) gone = page;
    expect(page['gone_bytes'] ?? 0).toBe(Number(page['offset']) - offset);
    kept += Number(page['next_offset']) - Number(page['offset']);
    offset = Number(page['next_offset']);
  }
  expect(gone).toMatchObject({ gone_from: 32_768 });
  expect(kept).toBeGreaterThanOrEqual(65_536 - 65_536 / 8 - 4);
  expect(kept).toBeLessThanOrEqual(65_536);
  await client.call('signal_job', { job_id: jobId, wait_ms: LONG });
  expect(await client.call('read_output', { job_id: jobId })).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^EXEC_NOT_FOUND/),
  });
});

test('what a reply cannot show is in files while the command runs, and not in memory', async () => {
  await using server = await serve();
  await using client = await connect('v2 of 2026-07-28', { url: server.url, token: ALICE });
  await using directory = await temporaryDirectory();
  const command = 'head -c 3000000 /dev/zero; until [ -e go ]; do sleep 0.02; done';
  const call = client.call('run_command', { command, cwd: directory.path });
  const jobs = join(state.path, 'jobs');
  await poll('files that hold it', LONG, async () => {
    const names = await readdir(jobs, { recursive: true }).catch(() => []);
    const sizes = await Promise.all(
      names.filter((name) => /\/stdout\.\d+$/.test(name)).map(async (name) => (await stat(join(jobs, name))).size),
    );
    return sizes.reduce((sum, size) => sum + size, 0) === 3_000_000;
  });
  await executor.files.write(`${directory.path}/go`, '');
  expect((await call).structuredContent).toMatchObject({ state: 'ended', exit_code: 0, stdout_total_bytes: 3_000_000 });
});

describe.each(Object.entries(EMBEDDINGS))('in an McpServer of SDK %s', (_version, embed) => {
  test('registrations for each request find the jobs of one executor, and ending one ends its own', async () => {
    const [first, second] = [embed(), embed()];
    const tools = registerTools(first.server, executor);
    await using _others = registerTools(second.server, executor);
    await using one = await first.connect();
    await using other = await second.connect();
    const mine = await startJob(one, { command: 'echo mine; exec sleep 3600' });
    const theirs = await startJob(other, { command: 'echo theirs; exec sleep 3600' });
    expect(await outputOf(other, mine, 5)).toBe('mine\n');
    await tools[Symbol.asyncDispose]();
    expect(await endOf(other, mine)).toMatchObject({ outcome: 'cancelled' });
    expect((await other.call('read_output', { job_id: theirs })).structuredContent).toMatchObject({ state: 'running' });
  });

  test('what is not found is refused, whatever is asked for', async () => {
    const { server, connect: connectTo } = embed();
    await using _tools = registerTools(server, executor, { maxTimeoutMs: 60_000 });
    await using client = await connectTo();
    const jobId = await startJob(client, { command: 'exec sleep 3600' });
    const refused = async (tool: string, args: Record<string, unknown>): Promise<string> => {
      const { isError, text } = await client.call(tool, args);
      expect(isError).toBe(true);
      return text;
    };
    const ofJob = (tool: string, args: Record<string, unknown>): Promise<string> => refused(tool, { job_id: jobId, ...args });
    expect(await ofJob('read_output', { offset: 1 })).toMatch(/^EXEC_INVALID_OPTION: offset: 1 is behind the end\. Allowed: 0 … 0/);
    expect(await ofJob('read_output', { max_bytes: 3 })).toMatch(/max_bytes/);
    expect(await ofJob('read_output', { max_bytes: 65_537 })).toMatch(/max_bytes/);
    expect(await ofJob('read_output', { stream: 'stdin' })).toMatch(/stream/);
    expect(await ofJob('read_output', { page: 1 })).toMatch(/there is no argument page\. Allowed: job_id, stream, /);
    expect(await ofJob('write_stdin', { data: 'x' })).toMatch(/^EXEC_INVALID_OPTION: .*stdin_open/);
    expect(await ofJob('write_stdin', {})).toMatch(/^EXEC_INVALID_OPTION: data: there is nothing to write/);
    expect(await ofJob('write_stdin', { data: 'a', encoding: 'base64' })).toMatch(/^EXEC_INVALID_OPTION: data: it is no base64/);
    expect(await ofJob('write_stdin', { data: 'a\ud800' })).toMatch(/^EXEC_INVALID_OPTION: data: it holds half of a surrogate pair/);
    expect(await ofJob('signal_job', { signal: 'SIGNOPE' })).toMatch(/^EXEC_INVALID_OPTION: signal: 'SIGNOPE' is none/);
    expect(await refused('list_jobs', { cursor: '?' })).toMatch(/^EXEC_INVALID_OPTION: cursor: /);
    const both = { command: 'cat', background: true, stdin_open: true };
    expect(await refused('run_command', both)).toMatch(/^EXEC_INVALID_OPTION: stdin_open: /);
    expect(await refused('run_command', { command: 'true', wait_ms: -1 })).toMatch(/wait_ms/);
  });
});
