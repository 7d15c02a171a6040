import { localExecutor } from '@errand/core';
import { type HttpServer, registerTools, type ServeHttpOptions, serveHttp } from '@errand/mcp-adapter';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, connect, GENERATIONS, type TestClient } from './mcp/clients.ts';
import { EMBEDDINGS } from './mcp/embedded.ts';
import { endOf, jobsIn, LONG, outputOf, startJob } from './mcp/jobs.ts';
import { allGone, isAlive, pidsIn, poll, temporaryDirectory } from './mcp/processes.ts';
import { CLI_SERVERS, type Started } from './mcp/server-kinds.ts';

/** A function that runs a command in a session. */
function inSession(client: TestClient, session: string): (command: string, args?: Record<string, unknown>) => Promise<Answer> {
  return async (command, args = {}) => await client.call('run_command', { command, session, ...args });
}

describe.each(Object.entries(CLI_SERVERS))('%s', (_name, start) => {
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

    test('keeps directory, variables, functions and background jobs between the calls of a session', async () => {
      const run = inSession(client, `kept-${generation.replaceAll(' ', '-')}`);
      const first = await run('cd /; X=1; export Y=2; f() { echo "f $X"; }; sleep 3600 & echo $!', { cwd: '/tmp', env: { GIVEN: 'yes' } });
      expect(first.structuredContent).toMatchObject({ outcome: 'exited', exit_code: 0, session_state: 'new' });
      expect(first.text).toContain(', begun by this call');
      const pid = Number(String(first.structuredContent?.['stdout']).trim());
      const second = await run('pwd; f; echo "$Y $GIVEN"; cat', { stdin: 'from stdin\n' });
      expect(second.structuredContent).toMatchObject({ stdout: '/\nf 1\n2 yes\nfrom stdin\n', session_state: 'kept' });
      expect(isAlive(pid)).toBe(true);
      const afresh = await client.call('run_command', { command: 'echo "$Y"' });
      expect(afresh.structuredContent).toMatchObject({ stdout: '\n' });
      expect(afresh.structuredContent).not.toHaveProperty('session');

      const session = String(first.structuredContent?.['session']);
      const closed = await client.call('close_session', { session });
      expect(closed.structuredContent).toEqual({ session, target: 'local', session_state: 'closed' });
      await allGone([pid]);
      expect(await client.call('close_session', { session })).toMatchObject({
        isError: true,
        text: expect.stringMatching(/^EXEC_NOT_FOUND: session: there is no /),
      });
      expect((await run('echo "[$X]"; pwd')).structuredContent).toMatchObject({
        session_state: 'new',
        stdout: expect.stringMatching(/^\[\]\n/),
      });
      await client.call('close_session', { session });
    });

    test('runs on as a job of its session, which is read, answered and ended as others are', async () => {
      const session = `job-${generation.replaceAll(' ', '-')}`;
      const run = inSession(client, session);
      await run('X=before');
      const jobId = await startJob(client, {
        command: 'echo on; X=changed; read -r line; echo "got $line"; X=$line',
        session,
        stdin_open: true,
      });
      await outputOf(client, jobId, 3);
      const jobs = jobsIn((await client.call('list_jobs')).structuredContent);
      expect(jobs.find((job) => job['job_id'] === jobId)).toMatchObject({ state: 'running', session });
      const busy = await run('echo no', { wait_ms: 0 });
      expect(busy).toMatchObject({
        isError: true,
        text: `EXEC_QUEUE_TIMEOUT: session: '${session}' on local is busy: job ${jobId} runs in it. Nothing was started: send the same call again later, end what is in the way, or use another session.`,
      });
      const waiting = run('echo "X is $X"', { wait_ms: LONG });
      await client.call('write_stdin', { job_id: jobId, data: 'this\n' });
      expect(await endOf(client, jobId)).toMatchObject({ outcome: 'exited', exit_code: 0 });
      expect(await outputOf(client, jobId, 12)).toBe('on\ngot this\n');
      expect((await waiting).structuredContent).toMatchObject({ stdout: 'X is this\n', session_state: 'kept' });

      const hanging = await startJob(client, { command: 'X=lost; exec 3>&1; while :; do sleep 0.05; done', session });
      const ended = await client.call('signal_job', { job_id: hanging, wait_ms: LONG });
      expect(ended.structuredContent).toMatchObject({ state: 'ended' });
      const timed = await run('X=lost; sleep 3600', { timeout_ms: 50 });
      expect(timed.structuredContent).toMatchObject({ outcome: 'timed-out', session_state: 'kept' });
      expect(timed.text).toContain('of this command it keeps nothing');
      expect((await run('echo "$X"')).structuredContent).toMatchObject({ stdout: 'this\n', session_state: 'kept' });
      await client.call('close_session', { session });
    });

    test('says when a session is over, and why, before anything runs without its state', async () => {
      const run = inSession(client, `over-${generation.replaceAll(' ', '-')}`);
      const exited = await run('echo last; exit 3');
      expect(exited.structuredContent).toMatchObject({ outcome: 'exited', exit_code: 3, stdout: 'last\n', session_state: 'closed' });
      expect(exited.text).toMatch(/^session: \S+ was closed: .+ Its directory, variables and background jobs are gone/m);
      // That was told, so the next one begins anew.
      const next = await run('X=1; echo $$');
      expect(next.structuredContent).toMatchObject({ session_state: 'new' });
      const [shell] = String(next.structuredContent?.['stdout']).split('\n').map(Number);
      process.kill(shell ?? 0, 'SIGKILL');
      const parts: string[] = [];
      await poll('that the session is over', LONG, async () => {
        const answer = await run('echo "X is $X"');
        parts.push(answer.text);
        // Nobody knows of a command that was sent in that moment; it says so itself.
        return answer.isError || answer.structuredContent?.['session_state'] === 'closed';
      });
      expect(parts.at(-1)).toMatch(/ was closed: .+ Its directory, variables and background jobs are gone/);
      expect((await run('echo "X is $X"')).structuredContent).toMatchObject({ session_state: 'new', stdout: 'X is \n' });
    });
  });
});

describe('sessions of several callers', () => {
  const ALICE = 'alice-has-this-token';
  const BOB = 'bob-has-another-token';
  const executor = localExecutor();
  afterAll(async () => await executor.close());
  const serve = (options: Partial<ServeHttpOptions> = {}): Promise<HttpServer> =>
    serveHttp(executor, { tokens: { alice: ALICE, bob: BOB }, ...options });

  test.each(GENERATIONS)('know nothing of one another, to a client %s', async (generation) => {
    await using server = await serve();
    await using alice = await connect(generation, { url: server.url, token: ALICE });
    await using bob = await connect(generation, { url: server.url, token: BOB });
    expect((await inSession(alice, 'mine')('X=alice')).structuredContent).toMatchObject({ session_state: 'new' });
    const never = await bob.call('close_session', { session: 'never' });
    const theirs = await bob.call('close_session', { session: 'mine' });
    expect(theirs.isError).toBe(true);
    expect(theirs.text).toBe(never.text.replace('never', 'mine'));
    expect((await inSession(bob, 'mine')('echo "[$X]"')).structuredContent).toMatchObject({ session_state: 'new', stdout: '[]\n' });
    // It is the caller's, and not the connection's.
    await using again = await connect(generation, { url: server.url, token: ALICE });
    expect((await inSession(again, 'mine')('echo "$X"')).structuredContent).toMatchObject({ session_state: 'kept', stdout: 'alice\n' });
  });

  test('are bounded for each, and those that are over do not count', async () => {
    await using server = await serve({ maxShellSessions: 2 });
    await using alice = await connect('v2 of 2026-07-28', { url: server.url, token: ALICE });
    await using bob = await connect('v2 of 2026-07-28', { url: server.url, token: BOB });
    await Promise.all(['a', 'b'].map((name) => inSession(alice, name)('true')));
    expect(await inSession(alice, 'c')('true')).toMatchObject({
      isError: true,
      text: "EXEC_QUOTA: session: 2 of yours are open already, and 2 may be: 'a' on local, 'b' on local. Nothing was started: close one of them.",
    });
    expect(await inSession(bob, 'c')('true')).toMatchObject({ isError: false });
    await inSession(alice, 'b')('exit');
    expect(await inSession(alice, 'c')('true')).toMatchObject({ isError: false });
  });

  test('are closed when nothing ran in them for long, which is told once', async () => {
    await using server = await serve({ shellSessionIdleMs: 200 });
    await using alice = await connect('v2 of 2026-07-28', { url: server.url, token: ALICE });
    await using directory = await temporaryDirectory();
    const run = inSession(alice, 'idle');
    // What runs is not idle.
    await run(`sleep 1; sleep 3600 & echo $! >${directory.path}/pids; X=1`);
    await allGone(await pidsIn(`${directory.path}/pids`, 1), LONG);
    expect(await run('echo "$X"')).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^EXEC_SESSION_CLOSED: session: 'idle' on local was closed: nothing ran in it for 200 ms\. /),
    });
    expect((await run('echo "[$X]"')).structuredContent).toMatchObject({ session_state: 'new', stdout: '[]\n' });
  });

  test('run what is sent at once one after the other, within its wait, and a cancel ends its own command alone', async () => {
    await using server = await serve();
    await using alice = await connect('v2 of 2025', { url: server.url, token: ALICE });
    await using directory = await temporaryDirectory();
    const run = inSession(alice, 'turns');
    const all = await Promise.all(Array.from({ length: 8 }, () => run('N=$((N + 1)); echo "$N"')));
    expect(all.map(({ structuredContent }) => structuredContent?.['stdout']).sort()).toEqual(
      Array.from({ length: 8 }, (_, i) => `${i + 1}\n`),
    );
    expect(all.filter(({ structuredContent }) => structuredContent?.['session_state'] === 'new')).not.toHaveLength(0);

    const controller = new AbortController();
    const cancelled = alice
      .call('run_command', { command: `echo $$ >${directory.path}/pids; N=0; sleep 3600`, session: 'turns' }, { signal: controller.signal })
      .catch(() => {});
    await pidsIn(`${directory.path}/pids`, 1);
    const behind = run('echo "still $N"', { wait_ms: LONG });
    controller.abort();
    await cancelled;
    expect((await behind).structuredContent).toMatchObject({ stdout: 'still 8\n', session_state: 'kept' });
  });

  test('end with the server that began them, with all that runs in them', async () => {
    await using directory = await temporaryDirectory();
    const server = await serve();
    await using alice = await connect('v2 of 2026-07-28', { url: server.url, token: ALICE });
    await inSession(alice, 'ends')(`sleep 3600 & echo $! >>${directory.path}/pids`);
    const running = inSession(alice, 'ends')(`sh -c 'echo $$ >>${directory.path}/pids; exec sleep 3600'`).catch(() => {});
    const pids = await pidsIn(`${directory.path}/pids`, 2);
    await server.close();
    await allGone(pids);
    await running;
  });
});

describe.each(Object.entries(EMBEDDINGS))('in an McpServer of SDK %s', (_version, embed) => {
  test('what a session does not take is refused before anything starts', async () => {
    await using executor = localExecutor();
    await using none = localExecutor({ name: 'none' });
    Object.defineProperty(none, 'supports', { value: { ...none.supports, sessions: false } });
    const { server, connect: connectTo } = embed();
    await using _tools = registerTools(server, [executor, none], { defaultTarget: 'local' });
    await using client = await connectTo();
    await using directory = await temporaryDirectory();
    const touch = `touch ${directory.path}/ran`;
    const refused = async (args: Record<string, unknown>): Promise<string> => {
      const { isError, text } = await client.call('run_command', {
        session: 's',
        ...(args['argv'] === undefined && { command: touch }),
        ...args,
      });
      expect(isError).toBe(true);
      return text;
    };
    expect(await refused({ argv: ['touch', `${directory.path}/ran`] })).toMatch(
      /^EXEC_INVALID_OPTION: argv: not in a session\. Allowed: command/,
    );
    expect(await refused({ background: true })).toMatch(/^EXEC_INVALID_OPTION: background: not in a session\. Allowed: /);
    expect(await refused({ merge_stderr: true })).toMatch(/^EXEC_INVALID_OPTION: merge_stderr: /);
    expect(await refused({ idempotency_key: 'k' })).toMatch(/^EXEC_INVALID_OPTION: idempotency_key: /);
    expect(await refused({ session: 'a b' })).toMatch(/is no session's name\. Allowed: /);
    expect(await refused({ session: 'x'.repeat(65) })).toMatch(/session/);
    expect(await refused({ target: 'none' })).toBe(
      "EXEC_NOT_SUPPORTED: session is not supported here: target 'none' has none; pass cwd and env to each call.",
    );
    expect(await refused({ cwd: '/no/such/dir' })).toMatch(/^EXEC_NOT_FOUND: /);
    // What did not begin is not there.
    expect(await client.call('run_command', { session: 's', command: 'true', cwd: '/', wait_ms: 0 })).toMatchObject({
      isError: false,
      structuredContent: { session_state: 'new' },
    });
    expect(await refused({ cwd: '/' })).toMatch(/^EXEC_INVALID_OPTION: cwd: session 's' has begun, /);
    expect(await refused({ env: { A: 'b' } })).toMatch(/^EXEC_INVALID_OPTION: env: session 's' has begun, /);
    expect((await client.call('run_command', { command: 'ls', cwd: directory.path })).structuredContent).toMatchObject({ stdout: '' });
  });
});
