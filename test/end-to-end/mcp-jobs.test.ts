import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, GENERATIONS, type TestClient } from './mcp/clients.ts';
import { endOf, jobsIn, LONG, outputOf, readWhole, startJob } from './mcp/jobs.ts';
import { allGone, isAlive, pidsIn, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from './mcp/processes.ts';
import { SERVERS, type Started } from './mcp/server-kinds.ts';

describe.each(Object.entries(SERVERS))('%s', (_name, start) => {
  let server: Started;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => await server?.[Symbol.asyncDispose]());

  describe.each(GENERATIONS)('to a client %s', (generation) => {
    let client: TestClient;
    beforeAll(async () => {
      client = await connect(generation, server.endpoint);
    });
    afterAll(async () => await client?.[Symbol.asyncDispose]());

    test('answers when the wait is over with a job that runs on, and with its output so far', async () => {
      await using directory = await temporaryDirectory();
      const command = 'echo begun; echo err >&2; until [ -e go ]; do sleep 0.02; done; echo done';
      const args = { command, cwd: directory.path, wait_ms: 0, idempotency_key: directory.path };
      const jobId = await startJob(client, args);
      expect(await outputOf(client, jobId, 4, 'stderr')).toBe('err\n');
      expect(await outputOf(client, jobId, 6)).toBe('begun\n');
      // The same call again finds the same run, as far as it is.
      const { structuredContent, text, isError } = await client.call('run_command', args);
      expect(isError).toBe(false);
      expect(structuredContent).toMatchObject({ job_id: jobId, execution_id: jobId, state: 'running' });
      expect(structuredContent).toMatchObject({ stdout: 'begun\n', stdout_total_bytes: 6, stderr: 'err\n', stderr_total_bytes: 4 });
      expect(structuredContent).not.toHaveProperty('outcome');
      expect(text).toContain(`job_id: ${jobId}`);
      expect(text).toContain('stdout from offset 6, stderr from offset 4');

      const waiting = client.call('read_output', { job_id: jobId, offset: 6, wait_ms: LONG });
      await client.call('run_command', { argv: ['touch', `${directory.path}/go`] });
      expect((await waiting).structuredContent).toMatchObject({ data: 'done\n', offset: 6, next_offset: 11 });
      expect(await endOf(client, jobId)).toMatchObject({ outcome: 'exited', exit_code: 0, at_end: true });
      const over = await client.call('run_command', args);
      expect(over.structuredContent).toMatchObject({ execution_id: jobId, state: 'ended', exit_code: 0, stdout: 'begun\ndone\n' });
    });

    test('writes to its stdin, up to the end of it', async () => {
      const jobId = await startJob(client, {
        command: 'while read -r line; do echo "got $line"; done; echo over',
        stdin: 'first\n',
        stdin_open: true,
      });
      expect(await outputOf(client, jobId, 10)).toBe('got first\n');
      await client.call('write_stdin', { job_id: jobId, data: 'é\n' });
      expect(await outputOf(client, jobId, 17)).toBe('got first\ngot é\n');
      expect((await client.call('write_stdin', { job_id: jobId, data: 'eg==', encoding: 'base64', end: true })).structuredContent).toEqual({
        job_id: jobId,
        written_bytes: 1,
        stdin_ended: true,
      });
      expect(await endOf(client, jobId)).toMatchObject({ exit_code: 0 });
      const late = await client.call('write_stdin', { job_id: jobId, data: 'x' });
      expect(late).toMatchObject({ isError: true, text: expect.stringMatching(/^EXEC_INVALID_OPTION: job_id: /) });
    });

    test('says when it waits for input, and what to do', async () => {
      const command = 'echo Name?; read -r line; exec sleep 3600';
      // On a busy machine it may take longer to get there than the call waits.
      const start = (wait: number) => client.call('run_command', { command, stdin_open: true, wait_ms: wait });
      const soon = await start(300);
      const started = soon.structuredContent?.['waiting_for_input'] ? soon : await start(10_000);
      expect(started.structuredContent).toMatchObject({ state: 'running', waiting_for_input: true });
      const jobId = started.structuredContent?.['job_id'];
      const read = () => client.call('read_output', { job_id: jobId });
      const page = await read();
      const listed = await client.call('list_jobs');
      expect(page.structuredContent).toMatchObject({ data: 'Name?\n', waiting_for_input: true });
      for (const { text } of [started, page]) expect(text).toMatch(/^it waits for input: write_stdin sends some/m);
      expect(jobsIn(listed.structuredContent)[0]).toMatchObject({ job_id: jobId, waiting_for_input: true });
      expect(listed.text).toMatch(new RegExp(`^${jobId} on local: running, waits for input; `));

      await client.call('write_stdin', { job_id: jobId, data: 'x\n' });
      await expect.poll(async () => (await read()).structuredContent, { timeout: LONG }).not.toHaveProperty('waiting_for_input');
      expect((await read()).text).not.toContain('waits for input');
      for (const { structuredContent } of [soon, started]) await client.call('signal_job', { job_id: structuredContent?.['job_id'] });
    });

    test('ends it with all that it started, or sends it one signal', async () => {
      await using directory = await temporaryDirectory();
      const file = `${directory.path}/pids`;
      const jobId = await startJob(client, { command: strayingScript(file) });
      const pids = await pidsIn(file, STRAYING_PROCESSES);
      expect(pids.every(isAlive)).toBe(true);
      const ended = await client.call('signal_job', { job_id: jobId, wait_ms: LONG });
      expect(ended.structuredContent).toMatchObject({ job_id: jobId, state: 'ended', outcome: 'signaled' });
      await allGone(pids);
      expect((await client.call('signal_job', { job_id: jobId })).structuredContent).toMatchObject({ state: 'ended', outcome: 'signaled' });

      const trapping = await startJob(client, { command: "trap 'echo hup; exit 7' HUP; echo ready; while :; do sleep 0.02; done" });
      await outputOf(client, trapping, 6);
      await client.call('signal_job', { job_id: trapping, signal: 'SIGHUP', wait_ms: LONG });
      expect(await endOf(client, trapping)).toMatchObject({ outcome: 'exited', exit_code: 7 });
    });

    test('lists the jobs, the newest first', async () => {
      const jobId = await startJob(client, { command: 'exec sleep 3600' });
      const { structuredContent, text } = await client.call('list_jobs');
      expect(jobsIn(structuredContent)[0]).toMatchObject({
        job_id: jobId,
        target: 'local',
        state: 'running',
        command: 'exec sleep 3600',
        stdout_bytes: 0,
      });
      expect(text.split('\n')[0]).toMatch(new RegExp(`^${jobId} on local: running; `));
      await client.call('signal_job', { job_id: jobId, wait_ms: LONG });
      const again = jobsIn((await client.call('list_jobs')).structuredContent);
      expect(again.find((job) => job['job_id'] === jobId)).toMatchObject({ state: 'ended', outcome: 'signaled' });
    });

    test('runs in the background what outlives the call, and ends it when asked to', async () => {
      await using directory = await temporaryDirectory();
      const command = 'echo $$ >>pids; echo begun; exec sleep 3600';
      const started = await client.call('run_command', { command, cwd: directory.path, background: true });
      expect(started.structuredContent).toMatchObject({ state: 'running', timeout_ms: 86_400_000 });
      const jobId = String(started.structuredContent?.['job_id']);
      const pids = await pidsIn(`${directory.path}/pids`, 1);
      expect(await outputOf(client, jobId, 6)).toBe('begun\n');
      const listed = jobsIn((await client.call('list_jobs')).structuredContent);
      expect(listed.find((job) => job['job_id'] === jobId)).toMatchObject({ state: 'running', background: true, stdout_bytes: 6 });
      const ended = await client.call('signal_job', { job_id: jobId, wait_ms: LONG });
      expect(ended.structuredContent).toMatchObject({ state: 'ended' });
      await allGone(pids);
      expect(await outputOf(client, jobId, 100)).toBe('begun\n');
    });

    test('tells at once how a background job ended that ended at once', async () => {
      const args = { command: 'echo no such thing; echo err >&2; exit 3', background: true, wait_ms: LONG };
      expect((await client.call('run_command', args)).structuredContent).toMatchObject({
        state: 'ended',
        outcome: 'exited',
        exit_code: 3,
        stdout: 'no such thing\n',
        stderr: 'err\n',
        job_id: expect.any(String),
      });
      expect(await client.call('run_command', { ...args, cwd: '/no/such/dir' })).toMatchObject({
        isError: true,
        text: expect.stringMatching(/^EXEC_NOT_FOUND: /),
      });
    });

    test('says what to use instead of & where that was ended', async () => {
      const { structuredContent, text } = await client.call('run_command', { command: 'sleep 3600 & echo started' });
      expect(structuredContent).toMatchObject({ outcome: 'exited', exit_code: 0, stdout: 'started\n' });
      expect(structuredContent?.['reason']).toMatch(/left running were ended.*background: true/);
      expect(text).toMatch(/background: true/);
      const tool = (await client.tools()).find(({ name }) => name === 'run_command');
      expect(tool?.description).toMatch(/npm run dev &.*background: true/);
    });

    test('gives what a reply does not show', async () => {
      const { structuredContent } = await client.call('run_command', { command: 'seq 1 20000', max_output_bytes: 100 });
      expect(structuredContent).toMatchObject({ outcome: 'exited', state: 'ended', stdout_total_bytes: 108_894 });
      const all = await readWhole(client, String(structuredContent?.['job_id']), 'text');
      expect(all.toString()).toBe(`${Array.from({ length: 20_000 }, (_, i) => i + 1).join('\n')}\n`);
      const last = await client.call('read_output', { job_id: structuredContent?.['job_id'], offset: -6 });
      expect(last.structuredContent).toMatchObject({ data: '20000\n', offset: 108_888, at_end: true });

      const raw = (await client.call('run_command', { command: "printf 'a\\377\\033[1m'" })).structuredContent;
      expect(raw).toMatchObject({ stdout: 'a\uFFFD␛[1m', stdout_invalid_utf8: true });
      const page = await client.call('read_output', { job_id: raw?.['job_id'], encoding: 'base64' });
      expect(page.structuredContent).toMatchObject({ data: Buffer.from('a\xff\x1b[1m', 'latin1').toString('base64') });
      // All of it was shown.
      expect((await client.call('run_command', { command: 'echo é' })).structuredContent).not.toHaveProperty('job_id');
    });
  });

  test('gives 50 MiB page by page, byte by byte as they were written', async () => {
    await using client = await connect('v2 of 2026-07-28', server.endpoint);
    const command = 'exec 4>&1; dd if=/dev/urandom bs=1048576 count=50 2>/dev/null | tee /dev/fd/3 3>&1 >&4 | sha256sum >&2';
    const { structuredContent } = await client.call('run_command', { command });
    expect(structuredContent).toMatchObject({ exit_code: 0, stdout_total_bytes: 52_428_800 });
    const all = await readWhole(client, String(structuredContent?.['job_id']), 'base64');
    expect(all.length).toBe(52_428_800);
    expect(`${createHash('sha256').update(all).digest('hex')}  -\n`).toBe(structuredContent?.['stderr']);
  }, 120_000);
});
