import { type Executor, localExecutor, type QueuedExecutor, queued } from '@errand/core';
import { registerTools } from '@errand/mcp-adapter';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TestClient } from './mcp/clients.ts';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { endOf, jobsIn, LONG, outputOf, startJob } from './mcp/jobs.ts';
import { poll, temporaryDirectory } from './mcp/processes.ts';

// Jobs that wait for their turn: one runs, and holds up all others.

let directory: { readonly path: string } & AsyncDisposable;
let executor: Executor;
let queue: QueuedExecutor;
let tools: AsyncDisposable;
let client: TestClient;
let first: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  executor = localExecutor({ environment: { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: directory.path } });
  queue = queued(executor, { concurrency: 1 });
  const { server, connect } = EMBEDDINGS.v2();
  tools = registerTools(server, queue);
  client = await connect();
  first = await startJob(client, { command: 'echo first; exec sleep 3600' });
  await outputOf(client, first, 6);
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await tools[Symbol.asyncDispose]();
  await queue.close();
  await executor.close();
  await directory[Symbol.asyncDispose]();
});

test.each([false, true])('say so, and get it: background %s', async (background) => {
  const jobId = await startJob(client, { command: 'echo second; exec sleep 3600', background, wait_ms: 0 });
  expect((await client.call('read_output', { job_id: jobId })).structuredContent).toMatchObject({ state: 'queued', total_bytes: 0 });
  const waiting = client.call('read_output', { job_id: jobId, wait_ms: LONG });
  await client.call('signal_job', { job_id: first, wait_ms: LONG });
  expect((await waiting).structuredContent).toMatchObject({ state: 'running', data: 'second\n' });
  const listed = jobsIn((await client.call('list_jobs')).structuredContent);
  expect(listed.map(({ job_id, state }) => [job_id, state])).toEqual([
    [jobId, 'running'],
    [first, 'ended'],
  ]);
  await client.call('signal_job', { job_id: jobId, wait_ms: LONG });
  expect(await endOf(client, jobId)).toMatchObject({ state: 'ended' });
});

test.each([false, true])('can be taken back, and then never start: background %s', async (background) => {
  const jobId = await startJob(client, { command: `: >${directory.path}/started`, background, wait_ms: 0 });
  const taken = await client.call('signal_job', { job_id: jobId, wait_ms: LONG });
  expect(taken.structuredContent).toMatchObject({ state: 'ended' });
  expect(taken.structuredContent).not.toHaveProperty('outcome');
  expect(taken.text).toContain('did not start');
  expect(await client.call('read_output', { job_id: jobId })).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^EXEC_CLOSED: /),
  });
  await client.call('signal_job', { job_id: first, wait_ms: LONG });
  expect((await client.call('run_command', { command: 'ls', cwd: directory.path })).text).not.toContain('started');
});

test('in the background end with the server, since nobody would be there to start them', async () => {
  await startJob(client, { command: `: >${directory.path}/started; exec sleep 3600`, background: true, wait_ms: 0 });
  await tools[Symbol.asyncDispose]();
  const { stdout } = await queue.exec('ls', { cwd: directory.path });
  expect(stdout.text).not.toContain('started');
  expect(await queue.listDetached()).toEqual([]);
});

test('in the background that a client cancels while it waits never start', async () => {
  const cancel = new AbortController();
  const args = { command: `: >${directory.path}/started`, background: true };
  const call = expect(client.call('run_command', args, { signal: cancel.signal })).rejects.toThrow();
  await poll('the second one waits', LONG, async () => jobsIn((await client.call('list_jobs')).structuredContent).length === 2);
  cancel.abort();
  await call;
  await client.call('signal_job', { job_id: first, wait_ms: LONG });
  expect((await client.call('run_command', { command: 'ls', cwd: directory.path })).text).not.toContain('started');
});
