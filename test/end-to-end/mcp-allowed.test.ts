import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type Executor, localExecutor } from '@errand/core';
import { registerTools, serveHttp, type Target, type ToolOptions } from '@errand/mcp-adapter';
import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport, McpServer } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Answer, connect, GENERATIONS, type TestClient, toTestClient } from './mcp/clients.ts';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { startJob } from './mcp/jobs.ts';
import { allGone, isAlive, pidsIn, poll, temporaryDirectory } from './mcp/processes.ts';

const isRoot = userInfo().uid === 0;

/** Where background jobs lie: what guards them goes soon after it is removed. */
const state = await temporaryDirectory();
afterAll(() => state[Symbol.asyncDispose]());

describe.each(Object.entries(EMBEDDINGS))('what a target allows, in an McpServer of SDK %s', (_version, embed) => {
  const executors: Executor[] = ['free', 'bound'].map((name) =>
    localExecutor({ name, environment: { ...process.env, XDG_STATE_HOME: state.path } }),
  );
  const [free, bound] = executors as [Executor, Executor];
  let directory: { readonly path: string } & AsyncDisposable;
  let canary: string;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    canary = `${directory.path}/canary`;
  });
  afterAll(async () => {
    await Promise.all(executors.map((executor) => executor.close()));
    await directory[Symbol.asyncDispose]();
  });

  /** Does something with a client of a server with a target that allows everything, and one that is bound so. */
  async function using<T>(
    allowed: Omit<Target, 'executor'>,
    work: (client: TestClient) => Promise<T>,
    options: ToolOptions = {},
  ): Promise<T> {
    const { server, connect } = embed();
    await using _tools = registerTools(server, [free, { executor: bound, ...allowed }], { defaultTarget: 'bound', ...options });
    await using client = await connect();
    return await work(client);
  }

  /** Calls what is to be refused, and gives what is said. */
  async function refused(client: TestClient, tool: string, args: Record<string, unknown>): Promise<string> {
    const answer = await client.call(tool, args).catch((error: Error) => ({ isError: true, text: error.message }));
    expect(answer.isError, `${tool} ${JSON.stringify(args)}: ${answer.text}`).toBe(true);
    return answer.text;
  }

  test('tools alone: no way leads to another command', async () => {
    const tools = {
      look: { targets: ['bound'], argv: ['sleep', '{n}'], parameters: { n: { type: 'integer' } } },
      shell: { targets: ['bound'], script: 'pwd', session: 's' },
    } as const;
    await using(
      { expose: 'tools', files: 'none' },
      async (client) => {
        const command = `touch ${canary}`;
        const run = async (args: object): Promise<string> => await refused(client, 'run_command', { command, target: 'bound', ...args });
        for (const args of [
          {},
          { command: undefined, argv: ['touch', canary] },
          { background: true },
          { session: 's' },
          { session: 'another', cwd: '/' },
          { stdin_open: true },
          { idempotency_key: 'k' },
          { wait_ms: 0 },
          { timeout_ms: 1 },
        ])
          expect(await run(args)).toMatch(/^EXEC_PERMISSION: Target 'bound' runs configured tools alone/);
        // It is the default, and no command runs there all the same.
        expect((await client.call('run_command', { command: 'echo on' })).structuredContent).toMatchObject({ target: 'free' });
        // A session that a tool began takes no other command.
        expect((await client.call('shell')).structuredContent).toMatchObject({ ok: true, session_state: 'new' });
        expect(await run({ session: 's' })).toMatch(/^EXEC_PERMISSION/);
        expect(await refused(client, 'look', { n: 1, target: 'free' })).toMatch(/target/);
        for (const [tool, args] of [
          ['read_file', { path: '/etc/passwd', target: 'bound' }],
          ['write_file', { path: canary, content: '', target: 'bound' }],
          ['list_directory', { path: '/', target: 'bound' }],
        ] as const)
          expect(await refused(client, tool, args)).toMatch(/^EXEC_PERMISSION: The option files of target 'bound'/);
        const jobId = await startJob(client, { command: 'sleep 60', target: 'free' });
        expect(await refused(client, 'write_stdin', { job_id: jobId, data: command })).toMatch(/stdin is not open/);
        expect((await client.call('list_targets')).text).toContain('bound (default target; runs configured tools alone)');
      },
      { tools, files: 'write' },
    );
    expect(existsSync(canary)).toBe(false);
  });

  test('none of them: what no target takes is not offered', async () => {
    const { server, connect } = embed();
    const tools = { look: { argv: ['true'] } };
    await using _tools = registerTools(server, [{ executor: bound, expose: 'tools' }], { tools });
    await using client = await connect();
    expect((await client.tools()).map(({ name }) => name)).toEqual(['look', 'read_output', 'signal_job', 'list_jobs', 'list_targets']);
  });

  test('what looks alone: nothing else is offered, or can be called', async () => {
    const tools = { look: { argv: ['true'], readOnly: true }, change: { argv: ['touch', canary] } };
    await using(
      {},
      async (client) => {
        const names = (await client.tools()).map(({ name }) => name);
        expect(names).toEqual(['look', 'read_output', 'list_jobs', 'read_file', 'list_directory', 'list_targets']);
        for (const [tool, args] of [
          ['run_command', { argv: ['touch', canary] }],
          ['change', {}],
          ['write_file', { path: canary, content: '' }],
          ['write_stdin', { job_id: 'x', data: 'x' }],
          ['signal_job', { job_id: 'x' }],
          ['close_session', { session: 's' }],
        ] as const)
          expect(await refused(client, tool, args)).toMatch(/not found|Unknown tool/i);
        expect((await client.call('look')).structuredContent).toMatchObject({ ok: true });
      },
      { tools, readOnly: true, files: 'write' },
    );
    expect(existsSync(canary)).toBe(false);
  });

  test('a longest timeout: no command, tool or background job has a longer one, and no session lives longer', async () => {
    const tools = { slow: { argv: ['sleep', '3600'], targets: ['bound'], timeoutMs: 3_600_000 } };
    await using(
      { maxTimeoutMs: 900 },
      async (client) => {
        const says = /^EXEC_INVALID_OPTION: timeout_ms: 901 is longer than target 'bound' allows\. Allowed: 1 … 900/;
        for (const args of [{}, { background: true }, { session: 's' }, { idempotency_key: 'k' }])
          expect(await refused(client, 'run_command', { command: `touch ${canary}`, timeout_ms: 901, ...args })).toMatch(says);
        const timedOut = { outcome: 'timed-out', timeout_ms: 900, target: 'bound' };
        expect((await client.call('run_command', { command: 'sleep 3600' })).structuredContent).toMatchObject(timedOut);
        expect((await client.call('slow')).structuredContent).toMatchObject(timedOut);
        const background = await client.call('run_command', { command: 'sleep 3600', background: true, wait_ms: 20_000 });
        expect(background.structuredContent).toMatchObject({ ...timedOut, state: 'ended' });
        expect((await client.call('run_command', { command: 'true', target: 'free' })).structuredContent).toMatchObject({
          timeout_ms: 600_000,
        });
        // What a session leaves in the background has no timeout of its own.
        const pids = `${directory.path}/pids`;
        await client.call('run_command', { command: `sleep 3600 & echo $! >${pids}`, session: 's' });
        const [pid = 0] = await pidsIn(pids, 1);
        expect(isAlive(pid)).toBe(true);
        let last: Answer | undefined;
        await poll('the end of the session, whatever is called in it', 20_000, async () => {
          last = await client.call('run_command', { command: 'true', session: 's' });
          return last.isError;
        });
        expect(last?.text).toMatch(/^EXEC_SESSION_CLOSED: .*it was open for 900 ms, which is the longest that target 'bound' allows/);
        await allGone([pid]);
        expect((await client.call('list_targets', { query: 'bound' })).structuredContent).toMatchObject({
          targets: [{ max_timeout_ms: 900 }],
        });
      },
      { tools },
    );
    expect(existsSync(canary)).toBe(false);
  });

  test('so many commands at once: no way starts one more there, and others are not counted', async () => {
    const tools = {
      slow: { argv: ['sleep', '3600'], targets: ['bound'] },
      path: { argv: ['sleep', '1', '{p}'], targets: ['bound'], parameters: { p: { type: 'path', root: '/' } } },
    } as const;
    await using(
      { maxJobs: 2 },
      async (client) => {
        const first = await startJob(client, { command: 'sleep 3600' });
        const second = await startJob(client, { command: 'sleep 3600', session: 's' });
        const says = /^EXEC_QUOTA: 2 commands of yours run already on target 'bound', and 2 may\./;
        for (const args of [{}, { session: 's' }, { session: 'another' }, { idempotency_key: 'k' }, { stdin_open: true }])
          expect(await refused(client, 'run_command', { command: `touch ${canary}`, ...args })).toMatch(says);
        expect(await refused(client, 'slow', {})).toMatch(says);
        expect(await refused(client, 'path', { p: '/' })).toMatch(says);
        expect((await client.call('run_command', { command: 'true', target: 'free' })).isError).toBe(false);
        await client.call('signal_job', { job_id: first });
        // Many at once are not each one fewer than too many.
        const many = await Promise.all(
          Array.from({ length: 8 }, async () => await client.call('run_command', { command: 'sleep 3600', wait_ms: 0 })),
        );
        expect(many.filter(({ isError }) => !isError)).toHaveLength(1);
        for (const job of [second, ...many.flatMap(({ structuredContent }) => structuredContent?.['job_id'] ?? [])])
          await client.call('signal_job', { job_id: job });
        // What asks where a path leads is a command, too.
        const asked = vi.spyOn(bound, 'exec');
        const asking = await Promise.all(Array.from({ length: 8 }, async () => await client.call('path', { p: '/' })));
        expect(asking.filter(({ isError }) => !isError)).toHaveLength(2);
        expect(asked).toHaveBeenCalledTimes(2);
        asked.mockRestore();
        const behind = await Promise.all(
          Array.from({ length: 4 }, async () => await client.call('run_command', { command: 'sleep 3600', background: true })),
        );
        expect(behind.filter(({ isError }) => !isError)).toHaveLength(2);
        expect(behind.find(({ isError }) => isError)?.text).toMatch(says);
        for (const { structuredContent } of behind)
          if (structuredContent?.['job_id']) await client.call('signal_job', { job_id: structuredContent['job_id'] });
      },
      { tools },
    );
    expect(existsSync(canary)).toBe(false);
  });

  test('so many commands at once: the same call sent again under its key starts none, and finds the first', async () => {
    await using({ maxJobs: 1 }, async (client) => {
      const says = /^EXEC_QUOTA: 1 commands of yours run already on target 'bound', and 1 may\./;
      for (const where of [{}, { background: true }]) {
        const call = { command: 'sleep 3600', idempotency_key: `${canary} again ${JSON.stringify(where)}`, ...where };
        const job = await startJob(client, call);
        expect(await startJob(client, call)).toBe(job);
        const other = { command: `touch ${canary}`, ...where };
        expect(await refused(client, 'run_command', other)).toMatch(says);
        expect(await refused(client, 'run_command', { ...other, idempotency_key: `${canary} other` })).toMatch(says);
        expect(await refused(client, 'run_command', { ...other, idempotency_key: call.idempotency_key })).toMatch(/^EXEC_CONFLICT/);
        await client.call('signal_job', { job_id: job });
      }
      // One that is over is found while another one runs.
      const call = { command: 'echo over', idempotency_key: `${canary} over` };
      const { structuredContent } = await client.call('run_command', call);
      const running = await startJob(client, { command: 'sleep 3600' });
      expect((await client.call('run_command', call)).structuredContent).toStrictEqual(structuredContent);
      await client.call('signal_job', { job_id: running });
    });
    expect(existsSync(canary)).toBe(false);
  });

  test('no background: nothing there outlives the server by that', async () => {
    await using({ background: false }, async (client) => {
      for (const args of [{}, { idempotency_key: 'k' }, { timeout_ms: 1_000, wait_ms: 0 }])
        expect(await refused(client, 'run_command', { command: `touch ${canary}`, background: true, ...args })).toMatch(
          /^EXEC_PERMISSION: background: target 'bound' does not allow background: true .*Allowed: none\./,
        );
      expect(await refused(client, 'run_command', { command: `touch ${canary}`, background: true, session: 's' })).toMatch(
        /^EXEC_PERMISSION/,
      );
      const ran = await client.call('run_command', { command: 'true', background: true, target: 'free' });
      expect(ran.isError).toBe(false);
      expect((await client.call('list_targets')).text).toContain('no background');
    });
    expect(existsSync(canary)).toBe(false);
  });

  test('no variables, or some: neither a command nor the begin of a session adds others', async () => {
    for (const allowEnv of [false, ['CI', 'constructor']] as const) {
      await using({ allowEnv }, async (client) => {
        const says = /^EXEC_PERMISSION: env: target 'bound' does not allow the variable LD_PRELOAD .*Allowed: (none|CI, constructor)\./;
        for (const args of [{}, { session: 's' }, { background: true }, { argv: ['touch', canary], command: undefined }])
          expect(await refused(client, 'run_command', { command: `touch ${canary}`, env: { LD_PRELOAD: 'x' }, ...args })).toMatch(says);
        expect(await refused(client, 'run_command', { command: `touch ${canary}`, env: { toString: 'x' } })).toMatch(/^EXEC_PERMISSION/);
        expect((await client.call('run_command', { command: 'true', env: {} })).isError).toBe(false);
        const ci = await client.call('run_command', { command: 'echo $CI', env: { CI: '1' } });
        expect(ci.isError).toBe(allowEnv === false);
        expect((await client.call('run_command', { command: 'true', env: { X: '1' }, target: 'free' })).isError).toBe(false);
      });
    }
    expect(existsSync(canary)).toBe(false);
  });

  test('no other account, unless it says which', async () => {
    const as = async (client: TestClient, user: string, args: object = {}): Promise<Answer | string> =>
      await client.call('run_command', { command: 'id -un', user, ...args }).catch((error: Error) => error.message);
    await using({}, async (client) => {
      expect(JSON.stringify(await client.tools())).not.toContain('Account to run as');
      expect(await refused(client, 'run_command', { command: 'id', user: 'root' })).toContain('there is no argument user');
    });
    await using({ allowUser: ['nobody'] }, async (client) => {
      expect(JSON.stringify(await client.tools())).toContain('Account to run as');
      for (const user of ['root', '0', 'nobody ', '65534', 'daemon'])
        expect(await as(client, user)).toMatchObject({
          isError: true,
          text: expect.stringMatching(/^EXEC_PERMISSION: user: target 'bound' does not allow user .*Allowed: nobody\./),
        });
      expect(await as(client, 'nobody', { target: 'free' })).toMatchObject({
        isError: true,
        text: expect.stringMatching(/^EXEC_PERMISSION/),
      });
      expect(await as(client, 'nobody', { session: 's' })).toMatchObject({
        isError: true,
        text: expect.stringMatching(/user: not in a session/),
      });
      if (isRoot) expect(await as(client, 'nobody')).toMatchObject({ structuredContent: { stdout: 'nobody\n' } });
    });
  });

  test.each<[object, string]>([
    [{ expose: 'none' }, 'executors'],
    [{ maxTimeoutMs: 0 }, 'executors.bound.maxTimeoutMs'],
    [{ maxTimeoutMs: 86_400_001 }, 'executors.bound.maxTimeoutMs'],
    [{ maxJobs: 0 }, 'executors.bound.maxJobs'],
    [{ allowUser: 'root' }, 'executors.bound.allowUser'],
    [{ allowEnv: [''] }, 'executors.bound.allowEnv[0]'],
    [{ background: 'no' }, 'executors.bound.background'],
  ])('%j is refused by its name', (allowed, option) => {
    expect(() => registerTools(embed().server, [{ executor: bound, ...allowed }])).toThrow(
      expect.objectContaining({ code: 'EXEC_INVALID_OPTION', detail: { option } }),
    );
  });
});

test('jobs and sessions of tools are those of who called them', async () => {
  await using executor = localExecutor({ name: 'bound' });
  const tokens = { alice: 'the-token-of-alice-alone', bob: 'the-token-of-bob-and-no-one' };
  const tools = {
    secret: { script: 'head -c 40000 /dev/zero | tr "\\0" x; echo "secret of $ERRAND_WHO"', parameters: { who: { type: 'string' } } },
    note: { script: 'printf %s "$NOTE"; NOTE=$ERRAND_TEXT', parameters: { text: { type: 'string' } }, session: 's' },
  } as const;
  await using server = await serveHttp([{ executor, expose: 'tools' }], { tokens, tools });
  for (const generation of GENERATIONS) {
    await using alice = await connect(generation, { url: server.url, token: tokens.alice });
    await using bob = await connect(generation, { url: server.url, token: tokens.bob });
    const jobId = String((await alice.call('secret', { who: 'alice' })).structuredContent?.['job_id']);
    expect((await alice.call('read_output', { job_id: jobId, offset: -16 })).text).toContain('secret of alice');
    for (const tool of ['read_output', 'signal_job'])
      expect((await bob.call(tool, { job_id: jobId })).text).toMatch(/^EXEC_NOT_FOUND: job_id: there is no job/);
    expect((await bob.call('list_jobs')).text).toBe('There are no jobs.');

    await alice.call('note', { text: 'of alice' });
    expect((await bob.call('close_session', { session: 's' })).isError).toBe(true);
    expect((await bob.call('note', { text: 'of bob' })).structuredContent).toMatchObject({ session_state: 'new', stdout: '' });
    expect((await alice.call('note', { text: '' })).structuredContent).toMatchObject({ session_state: 'kept', stdout: 'of alice' });
    for (const client of [alice, bob]) await client.call('close_session', { session: 's' });
  }
});

test('a client that consents to whatever it is asked is asked nothing, and gets no more for it', async () => {
  await using executor = localExecutor({ name: 'bound' });
  const server = new McpServer({ name: 'test', version: '1.0.0' });
  await using _tools = registerTools(server, [{ executor, expose: 'tools', maxTimeoutMs: 1_000 }], {
    tools: { look: { argv: ['true'] } },
    files: 'read',
  });
  const client = new Client({ name: 'test', version: '1.0.0' }, { capabilities: { elicitation: { form: {} } } });
  let asked = 0;
  client.setRequestHandler('elicitation/create', () => {
    asked += 1;
    return { action: 'accept', content: { confirmed: true } };
  });
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
  await using user = toTestClient(client);
  expect(
    (await user.call('write_file', { path: '/tmp/x', content: '' }).catch((error: Error) => ({ isError: true, text: error.message })))
      .isError,
  ).toBe(true);
  expect(
    (await user.call('run_command', { command: 'id' }).catch((error: Error) => ({ isError: true, text: error.message }))).isError,
  ).toBe(true);
  expect((await user.call('look', { confirmed: true }).catch((error: Error) => ({ isError: true, text: error.message }))).isError).toBe(
    true,
  );
  expect((await user.call('look')).isError).toBe(false);
  expect(asked).toBe(0);
});
