import { type Executor, localExecutor } from '@errand/core';
import { registerTools } from '@errand/mcp-adapter';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { startJob } from './mcp/jobs.ts';
import { allGone, isAlive, pidsIn, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from './mcp/processes.ts';
import { TOOLS } from './mcp/tools.ts';

let executor: Executor;
beforeEach(() => {
  executor = localExecutor();
});
afterEach(async () => await executor.close());

describe.each(Object.entries(EMBEDDINGS))('in an McpServer of SDK %s', (_version, embed) => {
  test('the tools stand beside those that the server has', async () => {
    const { server, addTool, connect } = embed();
    addTool('mine');
    await using _tools = registerTools(server, executor);
    await using client = await connect();
    expect((await client.tools()).map(({ name }) => name)).toEqual(['mine', ...TOOLS]);
    expect((await client.call('mine')).text).toBe('mine');
    const { structuredContent } = await client.call('run_command', { argv: ['printf', '%s', '$HOME *'] });
    expect(structuredContent).toMatchObject({ exit_code: 0, stdout: '$HOME *' });
  });

  test('prefix and include say which tools there are, under which names', async () => {
    const { server, connect } = embed();
    await using _tools = registerTools(server, executor, { prefix: 'errand_', include: ['run_command'] });
    await using client = await connect();
    const [tool, ...others] = await client.tools();
    expect([tool?.name, ...others]).toEqual(['errand_run_command']);
    // Nobody could read a job.
    expect(JSON.stringify(tool)).toContain('Default 3600000, with background');
    expect((await client.call('errand_run_command', { command: 'exit 4' })).structuredContent).toMatchObject({ exit_code: 4 });
  });

  test('a name that is taken is an error, and nothing was added', async () => {
    const { server, addTool, connect } = embed();
    const mine = addTool('list_targets');
    const register = (): unknown => registerTools(server, executor);
    const message = "prefix: the server already has a tool named 'list_targets'. Allowed: a prefix that makes the names unique.";
    expect(register).toThrow(
      expect.objectContaining({ code: 'EXEC_INVALID_OPTION', message, detail: { option: 'prefix', name: 'list_targets' } }),
    );
    // run_command, which came first, was taken back: it can be added now.
    mine.remove();
    await using _tools = registerTools(server, executor);
    await using client = await connect();
    expect((await client.tools()).map(({ name }) => name)).toEqual([...TOOLS]);
  });

  test('bad options and executors are refused before anything is added', async () => {
    await using other = localExecutor();
    const { server } = embed();
    const misspelt: object = { perfix: 'a' };
    expect(() => registerTools(server, executor, { prefix: 'a b' })).toThrow(/^prefix: /);
    expect(() => registerTools(server, executor, misspelt)).toThrow(/^perfix: there is no such option/);
    expect(() => registerTools(server, [executor, other])).toThrow(/^executors: two are named 'local'/);
    await using tools = registerTools(server, executor);
    expect(tools).toBeDefined();
  });

  test('disposing ends the commands, tells their callers, removes the tools, and leaves the executor open', async () => {
    await using directory = await temporaryDirectory();
    const file = `${directory.path}/pids`;
    const { server, connect } = embed();
    const tools = registerTools(server, executor);
    await using client = await connect();
    const call = client.call('run_command', { command: `echo begun; ${strayingScript(file)}` });
    const pids = await pidsIn(file, STRAYING_PROCESSES);

    await tools[Symbol.asyncDispose]();
    expect((await call).structuredContent).toMatchObject({ outcome: 'cancelled', ok: false, stdout: 'begun\n' });
    await allGone(pids);
    expect(await client.tools()).toEqual([]);
    expect((await executor.exec(['true'])).ok).toBe(true);
    await tools[Symbol.asyncDispose]();
  });

  test('disposing ends the wait for a job in the background, which runs on', async () => {
    await using directory = await temporaryDirectory();
    await using own = localExecutor({ environment: { PATH: process.env['PATH'] ?? '', XDG_STATE_HOME: directory.path } });
    const { server, connect } = embed();
    const tools = registerTools(server, own);
    await using client = await connect();
    const command = 'echo $$ >>pids; exec sleep 3600';
    const jobId = await startJob(client, { command, cwd: directory.path, background: true });
    const pids = await pidsIn(`${directory.path}/pids`, 1);
    const waiting = [
      client.call('read_output', { job_id: jobId, wait_ms: 3_600_000 }),
      client.call('signal_job', { job_id: jobId, signal: 'SIGCONT', wait_ms: 3_600_000 }),
    ];
    // Its answer says that the server has heard what came before.
    await client.call('list_jobs');
    await tools[Symbol.asyncDispose]();
    for (const { structuredContent } of await Promise.all(waiting)) {
      expect(structuredContent).toMatchObject({ job_id: jobId });
      expect(structuredContent).not.toHaveProperty('outcome');
    }
    expect(pids.every(isAlive)).toBe(true);
    await (await own.attach(jobId)).kill();
    await allGone(pids);
  });

  test('a command ends with the connection of its caller', async () => {
    await using directory = await temporaryDirectory();
    const file = `${directory.path}/pids`;
    const { server, connect } = embed();
    await using _tools = registerTools(server, executor);
    const client = await connect();
    const call = client.call('run_command', { command: strayingScript(file), idempotency_key: 'even under a key' });
    const rejected = expect(call).rejects.toThrow();
    const pids = await pidsIn(file, STRAYING_PROCESSES);
    await client[Symbol.asyncDispose]();
    await rejected;
    await allGone(pids);
  });
});
