import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Endpoint } from './mcp/clients.ts';
import { endOf, jobsIn, LONG, outputOf, readWhole, startJob } from './mcp/jobs.ts';
import { allGone, isAlive, pidsIn, poll, temporaryDirectory } from './mcp/processes.ts';
import { errand, type ServerProcess, startCliServer, stdioEndpoint } from './mcp/servers.ts';

let state: { readonly path: string } & AsyncDisposable;
beforeEach(async () => {
  state = await temporaryDirectory();
});
afterEach(async () => await state[Symbol.asyncDispose]());

type Running = { readonly endpoint: Endpoint } & AsyncDisposable;

const SERVERS: Readonly<Record<string, () => Promise<Running>>> = {
  'errand serve --stdio': async () => ({ endpoint: stdioEndpoint({ XDG_STATE_HOME: state.path }), [Symbol.asyncDispose]: async () => {} }),
  'errand serve --http': async () => {
    const server = await startCliServer(state.path);
    return { endpoint: server, [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose]() };
  },
};

const SEQ = `${Array.from({ length: 30_000 }, (_, i) => i + 1).join('\n')}\n`;
/** Tells its pid, writes, and ends when a file named `go` appears. */
const WAITING = 'echo $$ >>pids; echo begun; until [ -e go ]; do sleep 0.02; done; echo done';

describe.each(Object.entries(SERVERS))('after a restart of %s', (_name, start) => {
  test('what has ended is read as before, what is in the background runs on, and what was not has ended', async () => {
    await using here = await temporaryDirectory();
    await using there = await temporaryDirectory();
    let ended = '';
    let background = '';
    let cut = '';
    let pids: number[] = [];
    {
      await using server = await start();
      await using client = await connect('v2 of 2025', server.endpoint);
      ended = String((await client.call('run_command', { command: 'seq 1 30000' })).structuredContent?.['job_id']);
      background = await startJob(client, { command: WAITING, cwd: here.path, background: true });
      cut = await startJob(client, { command: WAITING, cwd: there.path });
      await outputOf(client, cut, 6);
      pids = [...(await pidsIn(`${here.path}/pids`, 1)), ...(await pidsIn(`${there.path}/pids`, 1))];
    }
    const [detached = 0, attached = 0] = pids;
    await allGone([attached]);
    expect(isAlive(detached)).toBe(true);
    expect(await ps()).toContain(background);

    await using server = await start();
    await using client = await connect('v2 of 2026-07-28', server.endpoint);
    expect((await readWhole(client, ended, 'text')).toString()).toBe(SEQ);
    expect(await endOf(client, ended)).toMatchObject({ outcome: 'exited', exit_code: 0 });
    expect(await endOf(client, cut)).toMatchObject({ outcome: 'cancelled', total_bytes: 6 });
    expect(await outputOf(client, cut, 6)).toBe('begun\n');

    const listed = jobsIn((await client.call('list_jobs')).structuredContent);
    expect(listed.map(({ job_id, state: is }) => [job_id, is])).toEqual([
      [cut, 'ended'],
      [background, 'running'],
      [ended, 'ended'],
    ]);
    const waiting = client.call('read_output', { job_id: background, offset: 6, wait_ms: LONG });
    await writeFile(join(here.path, 'go'), '');
    expect((await waiting).structuredContent).toMatchObject({ offset: 6, data: 'done\n' });
    expect(await endOf(client, background)).toMatchObject({ outcome: 'exited', exit_code: 0, total_bytes: 11 });
    await allGone([detached]);
  });

  test('the same call under a key finds the job in the background, and starts no second one', async () => {
    await using directory = await temporaryDirectory();
    const args = { command: WAITING, cwd: directory.path, background: true, idempotency_key: 'k' };
    const ids: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      await using server = await start();
      await using client = await connect('v2 of 2026-07-28', server.endpoint);
      ids.push(await startJob(client, args));
      if (i === 1) await client.call('signal_job', { job_id: ids[1], wait_ms: LONG });
    }
    expect(ids[1]).toBe(ids[0]);
    const pids = await pidsIn(`${directory.path}/pids`, 1);
    expect(pids).toHaveLength(1);
    await allGone(pids);
  });
});

test('a server that is killed leaves what was written until then, and says that nobody knows how it ended', async () => {
  const server = await startCliServer(state.path);
  const client = await connect('v2 of 2025', server);
  const jobId = await startJob(client, { command: 'seq 1 30000; exec sleep 3600' });
  expect(await outputOf(client, jobId, SEQ.length)).toBe(SEQ);
  await kill(server);
  await Promise.resolve(client[Symbol.asyncDispose]()).catch(() => {});

  await using another = await startCliServer(state.path);
  await using later = await connect('v2 of 2026-07-28', another);
  expect((await readWhole(later, jobId, 'text')).toString()).toBe(SEQ);
  expect(await endOf(later, jobId)).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('server') });
});

test('two servers over one directory: neither sees what the other one runs, nor harms it, and both read what has ended', async () => {
  await using directory = await temporaryDirectory();
  await using one = await startCliServer(state.path);
  await using mine = await connect('v2 of 2025', one);
  const jobId = await startJob(mine, { command: WAITING, cwd: directory.path });
  const [pid = 0] = await pidsIn(`${directory.path}/pids`, 1);
  {
    await using other = await startCliServer(state.path);
    await using theirs = await connect('v2 of 2025', other);
    expect(jobsIn((await theirs.call('list_jobs')).structuredContent)).toEqual([]);
    expect(await theirs.call('signal_job', { job_id: jobId })).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^EXEC_NOT_FOUND/),
    });
    expect(isAlive(pid)).toBe(true);
    await writeFile(join(directory.path, 'go'), '');
    expect(await endOf(mine, jobId)).toMatchObject({ outcome: 'exited', exit_code: 0 });
    expect(await outputOf(theirs, jobId, 11)).toBe('begun\ndone\n');
  }
  expect(await outputOf(mine, jobId, 11)).toBe('begun\ndone\n');
});

test("what is in the way in the directory of jobs is no job, and is in nobody else's way", async () => {
  await using server = await startCliServer(state.path);
  await using client = await connect('v2 of 2025', server);
  const jobId = String((await client.call('run_command', { command: 'seq 1 30000' })).structuredContent?.['job_id']);
  const jobs = join(state.path, 'errand', 'jobs');
  const [owner = ''] = await readdir(jobs);
  const half = `local-${'0'.repeat(20)}`;
  const torn = `local-${'1'.repeat(20)}`;
  await mkdir(join(jobs, owner, half));
  await writeFile(join(jobs, owner, half, 'stdout.0'), 'x');
  await mkdir(join(jobs, owner, torn));
  await writeFile(join(jobs, owner, torn, 'job.json'), '{"version":1,"id":"local');
  await writeFile(join(jobs, 'stray'), 'x');
  expect(jobsIn((await client.call('list_jobs')).structuredContent).map(({ job_id }) => job_id)).toEqual([jobId]);
  for (const id of [half, torn, '../..', `${'x'.repeat(70)}-${'0'.repeat(20)}`, 'local-../../../../etc/passwd'])
    expect(await client.call('read_output', { job_id: id })).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^EXEC_NOT_FOUND/),
    });
  await rm(join(jobs, 'stray'));
});

test('a directory that others can write to is refused', async () => {
  await mkdir(join(state.path, 'errand', 'jobs'), { recursive: true, mode: 0o700 });
  await promisify(execFile)('chmod', ['755', join(state.path, 'errand', 'jobs')]);
  const started = promisify(execFile)(process.execPath, errand('serve', '--stdio'), {
    env: { ...process.env, XDG_STATE_HOME: state.path },
  });
  await expect(started).rejects.toMatchObject({ code: 125, stderr: expect.stringContaining('is open to others') });
});

async function ps(): Promise<string> {
  const env = { ...process.env, XDG_STATE_HOME: state.path };
  return (await promisify(execFile)(process.execPath, errand('ps'), { env })).stdout;
}

async function kill({ child }: ServerProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  await poll('the end of the server', LONG, () => !isAlive(child.pid ?? 0));
}
