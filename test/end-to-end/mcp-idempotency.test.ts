import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type TestClient } from './mcp/clients.ts';
import { jobsIn, readWhole } from './mcp/jobs.ts';
import { allGone, isAlive, pidsIn, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from './mcp/processes.ts';
import { type ServerProcess, startLibraryServer } from './mcp/servers.ts';

// Over HTTP a client of 2026-07-28 cancels by closing the response, which looks like a broken connection.

let server: ServerProcess;
let client: TestClient;
beforeAll(async () => {
  server = await startLibraryServer();
  client = await connect('v2 of 2026-07-28', server);
});
afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** Tells its pid, and ends when a file named `go` appears. */
const WAITING = 'echo $$ >>pids; until [ -e go ]; do sleep 0.02; done; echo done';

test('under a key a closed response lets the command go on, and the same call sent again gets its result', async () => {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/pids`;
  const args = { command: WAITING, cwd: directory.path, idempotency_key: directory.path };
  const closing = new AbortController();
  const lost = expect(client.call('run_command', args, { signal: closing.signal })).rejects.toThrow();
  const pids = await pidsIn(file, 1);
  closing.abort();
  await lost;

  // A second client, as after a restart; its answer below says that the server has heard what came before.
  await using another = await connect('v2 of 2026-07-28', server);
  await another.call('list_targets');
  expect(pids.every(isAlive)).toBe(true);
  // It is a job by then, for who does not send it again.
  const [job] = jobsIn((await another.call('list_jobs')).structuredContent);
  expect(job).toMatchObject({ command: WAITING, state: 'running' });
  const again = another.call('run_command', args);
  await another.call('run_command', { argv: ['touch', `${directory.path}/go`] });
  const { structuredContent } = await again;
  expect(structuredContent).toMatchObject({ outcome: 'exited', exit_code: 0, stdout: 'done\n', job_id: job?.['job_id'] });

  const later = await client.call('run_command', args);
  expect(later.structuredContent).toStrictEqual(structuredContent);
  expect(await pidsIn(file, 1)).toEqual(pids);
});

test('the same call sent many times at once is one run, and each answer has its output', async () => {
  await using directory = await temporaryDirectory();
  const command = 'echo $$ >>pids; seq 1 30000; until [ -e go ]; do sleep 0.02; done; echo done';
  const args = { command, cwd: directory.path, idempotency_key: directory.path };
  const calls = Array.from({ length: 8 }, () => client.call('run_command', args));
  const pids = await pidsIn(`${directory.path}/pids`, 1);
  await client.call('run_command', { argv: ['touch', `${directory.path}/go`] });
  const answers = [...(await Promise.all(calls)), ...(await Promise.all(calls.map(() => client.call('run_command', args))))];
  for (const { structuredContent } of answers) {
    expect(structuredContent).toMatchObject({
      exit_code: 0,
      stdout_total_bytes: 168_899,
      job_id: answers[0]?.structuredContent?.['job_id'],
    });
    expect(structuredContent?.['stdout']).toBe(answers[0]?.structuredContent?.['stdout']);
  }
  expect(await pidsIn(`${directory.path}/pids`, 1)).toEqual(pids);
  const whole = await readWhole(client, String(answers[0]?.structuredContent?.['job_id']), 'text');
  expect(whole.toString()).toBe(`${Array.from({ length: 30_000 }, (_, i) => i + 1).join('\n')}\ndone\n`);
});

test('without a key a closed response ends the command', async () => {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/pids`;
  const closing = new AbortController();
  const lost = expect(client.call('run_command', { command: strayingScript(file) }, { signal: closing.signal })).rejects.toThrow();
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  closing.abort();
  await lost;
  await allGone(pids);
});

test('a command that goes on for nobody still ends at its timeout', async () => {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/pids`;
  const args = { command: strayingScript(file), idempotency_key: directory.path, timeout_ms: 1_500 };
  const closing = new AbortController();
  const lost = expect(client.call('run_command', args, { signal: closing.signal })).rejects.toThrow();
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  closing.abort();
  await lost;
  await allGone(pids, 8_000);
  expect((await client.call('run_command', args)).structuredContent).toMatchObject({ outcome: 'timed-out', timeout_ms: 1_500 });
});

test('a 2025-era client that cancels under a key ends the command: it can say so', async () => {
  await using directory = await temporaryDirectory();
  await using legacy = await connect('v2 of 2025', server);
  const file = `${directory.path}/pids`;
  const args = { command: strayingScript(file), idempotency_key: directory.path };
  const cancel = new AbortController();
  const rejected = expect(legacy.call('run_command', args, { signal: cancel.signal })).rejects.toThrow();
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  cancel.abort();
  await rejected;
  await allGone(pids);
});

test('a command that goes on under a key ends with the server', async () => {
  await using directory = await temporaryDirectory();
  await using shortLived = await startLibraryServer();
  await using caller = await connect('v2 of 2026-07-28', shortLived);
  const file = `${directory.path}/pids`;
  const args = { command: strayingScript(file), idempotency_key: 'k' };
  const closing = new AbortController();
  const lost = expect(caller.call('run_command', args, { signal: closing.signal })).rejects.toThrow();
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  closing.abort();
  await lost;
  await shortLived[Symbol.asyncDispose]();
  expect(pids.filter(isAlive)).toEqual([]);
});

test('a command that was started in the foreground is not taken for one in the background that its target lost', async () => {
  await using directory = await temporaryDirectory();
  const call = { command: WAITING, cwd: directory.path, idempotency_key: directory.path };
  const runs = await client.call('run_command', { ...call, wait_ms: 0 });
  const says = /^EXEC_CONFLICT: idempotency_key: under this key it was started without background: true\./;
  expect((await client.call('run_command', { ...call, background: true })).text).toMatch(says);
  const job = jobsIn((await client.call('list_jobs')).structuredContent).find(
    (one) => one['job_id'] === runs.structuredContent?.['job_id'],
  );
  expect(job).toMatchObject({ state: 'running' });
  expect(job).not.toHaveProperty('background');
  await client.call('run_command', { argv: ['touch', `${directory.path}/go`] });
  expect((await client.call('run_command', call)).structuredContent).toMatchObject({ outcome: 'exited', stdout: 'done\n' });
  // Over, it is none either, whether it is a job or its answer said all.
  expect((await client.call('run_command', { ...call, background: true })).text).toMatch(says);
  const short = { command: 'echo short', idempotency_key: `${directory.path} short` };
  await client.call('run_command', short);
  expect((await client.call('run_command', { ...short, background: true })).text).toMatch(says);
  expect(await pidsIn(`${directory.path}/pids`, 1)).toHaveLength(1);
});

test('in the background the same call gives the job that is over, too', async () => {
  const call = { command: 'echo over; exit 3', idempotency_key: randomUUID(), background: true, wait_ms: 20_000 };
  const first = await client.call('run_command', call);
  expect(first.structuredContent).toMatchObject({ exit_code: 3, stdout: 'over\n' });
  const { structuredContent } = await client.call('run_command', call);
  expect(structuredContent).toMatchObject({ exit_code: 3, stdout: 'over\n', job_id: first.structuredContent?.['job_id'] });
});
