import { ExecError, type Executor, localExecutor, queued } from '@errand/core';
import { registerTools } from '@errand/mcp-adapter';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { poll, temporaryDirectory } from './mcp/processes.ts';

let executor: Executor;
beforeEach(() => {
  executor = localExecutor({ name: 'here' });
});
afterEach(async () => await executor.close());

// Clients of either SDK check structured content against the output schema; those of v1 also in an error.
describe.each(Object.entries(EMBEDDINGS))('a client of SDK %s is told', (_version, embed) => {
  test('of a full queue, and of one that gives no turn in time, that nothing was started', async () => {
    await using directory = await temporaryDirectory();
    await using queue = queued(executor, { concurrency: 1, maxQueued: 1, queueTimeoutMs: 300 });
    const { server, connect } = embed();
    await using _tools = registerTools(server, queue);
    await using client = await connect();
    // As every client that has a list of the tools: only then it knows the schemas.
    await client.tools();
    const call = (): ReturnType<typeof client.call> =>
      client.call('run_command', { command: 'until [ -e go ]; do sleep 0.02; done', cwd: directory.path });
    const running = call();
    await poll('one runs', 5_000, async () => (await queue.health()).queue.running === 1);
    const waiting = call();
    await poll('one waits', 5_000, async () => (await queue.health()).queue.queued === 1);
    const full = await call();
    expect(full).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^EXEC_QUEUE_FULL: .*Nothing was started.*try again later/),
      structuredContent: { code: 'EXEC_QUEUE_FULL', message: expect.stringContaining('is full') },
    });
    expect(full.structuredContent).toEqual(full.meta['errand/error']);
    expect(await waiting).toMatchObject({
      isError: true,
      text: 'EXEC_QUEUE_TIMEOUT: The target is busy: no turn came in time, and nothing was started. Send the same call again later.',
      structuredContent: { code: 'EXEC_QUEUE_TIMEOUT' },
    });
    await executor.files.write(`${directory.path}/go`, '');
    expect((await running).structuredContent).toMatchObject({ ok: true });
  });

  test.each(['EXEC_QUOTA', 'EXEC_UNAVAILABLE', 'EXEC_QUEUE_FULL'] as const)('when to try again after %s', async (code) => {
    const refusal = new ExecError(code, "The tenant 'ci' has run 60 commands in this minute.", { detail: { retryAfterMs: 12_345 } });
    executor.spawn = () => ({ id: 'here-1', result: Promise.reject(refusal) }) as ReturnType<Executor['spawn']>;
    const { server, connect } = embed();
    await using _tools = registerTools(server, executor);
    await using client = await connect();
    await client.tools();
    const { isError, text, structuredContent } = await client.call('run_command', { command: 'true' });
    expect({ isError, text, structuredContent }).toEqual({
      isError: true,
      text: `${code}: The tenant 'ci' has run 60 commands in this minute.\nNothing was started. Send the same call again in 13 s.`,
      structuredContent: { code, message: "The tenant 'ci' has run 60 commands in this minute.", retry_after_ms: 12_345 },
    });
  });

  test('of any other fault by its code, too, and of a success as before', async () => {
    const { server, connect } = embed();
    await using _tools = registerTools(server, executor);
    await using client = await connect();
    await client.tools();
    const refused = await client.call('run_command', { argv: ['no-such-program-here'] });
    expect(refused).toMatchObject({ isError: true, structuredContent: { code: 'EXEC_NOT_FOUND', what: 'program' } });
    const cursor = await client.call('list_targets', { cursor: '?' });
    expect(cursor).toMatchObject({ isError: true, structuredContent: { code: 'EXEC_INVALID_OPTION', option: 'cursor' } });
    expect((await client.call('run_command', { command: 'exit 3' })).structuredContent).toMatchObject({ exit_code: 3 });
    expect((await client.call('list_targets')).structuredContent).toEqual({ targets: [{ name: 'here' }] });
  });
});
