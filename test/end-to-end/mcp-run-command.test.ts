import { type Executor, localExecutor } from '@errand/core';
import { registerTools } from '@errand/mcp-adapter';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TestClient } from './mcp/clients.ts';
import { EMBEDDINGS } from './mcp/embedded.ts';

let executors: Executor[];
let tools: AsyncDisposable;
let client: TestClient;

beforeEach(async () => {
  executors = [localExecutor({ name: 'here' }), localExecutor({ name: 'there' })];
  const [here, there] = executors;
  if (here === undefined || there === undefined) throw new Error('unreachable');
  const { server, connect } = EMBEDDINGS.v2();
  tools = registerTools(server, [here, { executor: there, description: 'Over there.', labels: { env: 'test' } }], { maxTimeoutMs: 60_000 });
  client = await connect();
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await tools[Symbol.asyncDispose]();
  await Promise.all(executors.map((executor) => executor.close()));
});

const here = (args: Record<string, unknown>): ReturnType<TestClient['call']> => client.call('run_command', { target: 'here', ...args });

test('cwd, env and stdin reach the command', async () => {
  const command = 'pwd; echo "$GREETING"; cat';
  const { structuredContent } = await here({ command, cwd: '/usr', env: { GREETING: "it's" }, stdin: 'in' });
  expect(structuredContent).toMatchObject({ target: 'here', stdout: "/usr\nit's\nin" });
});

test('without stdin a command that reads gets end-of-file', async () => {
  expect((await here({ command: 'cat; echo done' })).structuredContent).toMatchObject({ stdout: 'done\n' });
});

test('the word pipe is text like any other as stdin', async () => {
  expect((await here({ command: 'cat', stdin: 'pipe' })).structuredContent).toMatchObject({ stdout: 'pipe' });
});

test('merge_stderr gives one stream in the order of writing', async () => {
  const { structuredContent, text } = await here({ command: 'echo 1; echo 2 >&2; echo 3', merge_stderr: true });
  expect(structuredContent).toMatchObject({ stdout: '1\n2\n3\n', stderr: '', stderr_total_bytes: 0 });
  expect(text).toMatch(/stdout and stderr \(6 bytes\):\n1\n2\n3$/);
});

test('a timeout is a result with the output so far, and says which timeout applied', async () => {
  const { structuredContent, text, isError } = await here({ command: 'echo begun; exec sleep 3600', timeout_ms: 300 });
  expect(isError).toBe(false);
  expect(structuredContent).toMatchObject({ outcome: 'timed-out', ok: false, stdout: 'begun\n', timeout_ms: 300 });
  expect(text).toContain('with a timeout of 300 ms');
});

test('without a timeout the default applies, which is never above the longest', async () => {
  expect((await here({ argv: ['true'] })).structuredContent).toMatchObject({ timeout_ms: 60_000 });
});

test('a command that dies of a signal says which one', async () => {
  const { structuredContent, text } = await here({ command: 'kill -9 $$' });
  expect(structuredContent).toMatchObject({ outcome: 'signaled', signal: 'SIGKILL', reason: expect.any(String) });
  expect(structuredContent).not.toHaveProperty('exit_code');
  expect(text).toContain('signal SIGKILL');
});

test('output that is no UTF-8 is shown as U+FFFD and counted in bytes', async () => {
  const { structuredContent, text } = await here({ command: "printf 'a\\377b'" });
  expect(structuredContent).toMatchObject({ stdout: 'a\uFFFDb', stdout_total_bytes: 3, stdout_invalid_utf8: true });
  expect(structuredContent).not.toHaveProperty('stderr_invalid_utf8');
  expect(text).toContain('not UTF-8');
});

test('the text says all that a model needs', async () => {
  const { text, structuredContent = {} } = await here({ command: 'echo out; printf err >&2; exit 2' });
  const { execution_id: id, duration_ms: ms } = structuredContent;
  expect(text).toBe(
    `outcome: exited, exit code 2; ran ${String(ms)} ms with a timeout of 60000 ms\ntarget: here; execution: ${String(id)}\n` +
      'stdout (4 bytes):\nout\nstderr (3 bytes):\nerr',
  );
});

test('a program or directory that is missing is an error with its code', async () => {
  const program = await here({ argv: ['no-such-program-here'] });
  expect(program).toMatchObject({ isError: true, text: expect.stringMatching(/^EXEC_NOT_FOUND: .*no-such-program-here/) });
  expect(program.meta['errand/error']).toMatchObject({ code: 'EXEC_NOT_FOUND', what: 'program' });
  expect(await here({ command: 'true', cwd: '/no/such/dir' })).toMatchObject({
    isError: true,
    text: expect.stringContaining('/no/such/dir'),
  });
});

test.each<[what: string, args: Record<string, unknown>, told: RegExp]>([
  ['both of command and argv', { target: 'here', command: 'true', argv: ['true'] }, /command, argv: both were given.*Allowed: command/],
  ['neither of command and argv', { target: 'here' }, /command, argv: neither was given.*Allowed: command/],
  ['no target where there are several', { command: 'true' }, /target: it is missing.*Allowed: here, there/],
  [
    'an unknown target',
    { command: 'true', target: 'nowhere' },
    /EXEC_NOT_FOUND: target: there is none named 'nowhere'. Allowed: here, there/,
  ],
  [
    'an unknown argument',
    { target: 'here', command: 'true', timeoutMs: 5 },
    /there is no argument timeoutMs\. Allowed: command, argv, target, /,
  ],
  ['an empty command', { target: 'here', command: '' }, /command/],
  ['an empty argv', { target: 'here', argv: [] }, /argv/],
  ['a NUL byte in a command', { target: 'here', command: 'echo \0' }, /EXEC_INVALID_OPTION: command: /],
  ['a timeout above the longest', { target: 'here', command: 'true', timeout_ms: 60_001 }, /timeout_ms.*60000/s],
  ['a fractional timeout', { target: 'here', command: 'true', timeout_ms: 1.5 }, /timeout_ms/],
  ['more output than can be shown', { target: 'here', command: 'true', max_output_bytes: 65_537 }, /max_output_bytes.*65536/s],
  ['a bad variable name', { target: 'here', command: 'true', env: { 'a=b': 'x' } }, /EXEC_INVALID_OPTION: env/],
  ['a NUL byte in a variable', { target: 'here', command: 'true', env: { A: 'x\0' } }, /EXEC_INVALID_OPTION: env\.A: /],
  ['a NUL byte in a variable with a long name', { target: 'here', command: 'true', env: { PATH: 'x\0' } }, /: env\.PATH: /],
  ['a variable named __proto__', { target: 'here', command: 'true', env: JSON.parse('{"__proto__":"x"}') as object }, /env.*__proto__/s],
  ['an empty program', { target: 'here', argv: [''] }, /EXEC_INVALID_OPTION: argv/],
  ['a NUL byte in argv', { target: 'here', argv: ['x\0'] }, /EXEC_INVALID_OPTION: argv\[0\]: /],
  ['half of a surrogate pair in stdin', { target: 'here', command: 'cat', stdin: 'a\ud800b' }, /EXEC_INVALID_OPTION: stdin: .*surrogate/],
  [
    'half of one in what comes first in an open stdin',
    { target: 'here', command: 'cat', stdin: '\udc00', stdin_open: true },
    /EXEC_INVALID_OPTION: stdin: .*surrogate/,
  ],
  ['a program with what a terminal would obey', { target: 'here', argv: ['\u001b[2Jx\u009b'] }, /EXEC_NOT_FOUND: The program '␛\[2Jx␛\['/],
  ['a target with it', { target: '\u001b[2J', command: 'true' }, /EXEC_NOT_FOUND: target: there is none named '␛\[2J'/],
  ['an argument with it', { target: 'here', command: 'true', '\u001b[2J': 1 }, /there is no argument ␛\[2J\./],
  ['an empty idempotency key', { target: 'here', command: 'true', idempotency_key: '' }, /idempotency_key/],
])('%s is refused with what is wrong and what is allowed', async (_what, args, told) => {
  expect(await client.call('run_command', args)).toMatchObject({ isError: true, text: expect.stringMatching(told) });
});

test('the same call under one key runs once and says the timeout that applied', async () => {
  const call = { command: 'echo $$; echo err >&2', idempotency_key: 'k', timeout_ms: 5_000 };
  const first = await here(call);
  const second = await here({ ...call, timeout_ms: 9_000, merge_stderr: true, max_output_bytes: 2 });
  expect(second.structuredContent).toMatchObject({
    execution_id: first.structuredContent?.['execution_id'],
    timeout_ms: 5_000,
    stderr_total_bytes: 4,
    stderr_omitted_bytes: 2,
  });
  expect(second.text).toMatch(/stderr \(4 bytes, 2 omitted\)/);
});

test('something else under the same key is a conflict', async () => {
  await here({ command: 'echo 1', idempotency_key: 'k' });
  expect(await here({ command: 'echo 2', idempotency_key: 'k' })).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^EXEC_CONFLICT: idempotency_key: /),
  });
});

test('list_targets gives names, descriptions and labels, and finds by them', async () => {
  const there = { name: 'there', description: 'Over there.', labels: { env: 'test' } };
  const all = await client.call('list_targets');
  expect(all.structuredContent).toStrictEqual({ targets: [{ name: 'here' }, there] });
  expect(all.text).toBe('here\nthere [env=test] Over there.');
  expect((await client.call('list_targets', { labels: { env: 'test' } })).structuredContent).toStrictEqual({ targets: [there] });
  expect(await client.call('list_targets', { query: 'x' })).toMatchObject({
    text: 'No target matches.',
    structuredContent: { targets: [] },
  });
  expect(await client.call('list_targets', { cursor: '?' })).toMatchObject({ isError: true, text: expect.stringMatching(/cursor: /) });
});

test("a default target and a target's own default timeout hold where a call says neither, and are told", async () => {
  const [one, other] = executors;
  if (one === undefined || other === undefined) throw new Error('unreachable');
  const { server, connect } = EMBEDDINGS.v2();
  await using _tools = registerTools(server, [one, { executor: other, defaultTimeoutMs: 7_000 }], {
    defaultTarget: 'there',
    defaultTimeoutMs: 5_000,
  });
  await using caller = await connect();
  const run = async (args: Record<string, unknown>): Promise<unknown> =>
    (await caller.call('run_command', { command: 'true', ...args })).structuredContent;
  expect(await run({})).toMatchObject({ target: 'there', timeout_ms: 7_000 });
  expect(await run({ timeout_ms: 8_000 })).toMatchObject({ target: 'there', timeout_ms: 8_000 });
  expect(await run({ target: 'here' })).toMatchObject({ target: 'here', timeout_ms: 5_000 });
  expect((await caller.call('list_targets')).structuredContent).toEqual({
    targets: [{ name: 'here' }, { name: 'there', default: true, default_timeout_ms: 7_000 }],
  });
  expect((await caller.call('list_targets')).text).toBe('here\nthere (default target; default timeout 7000 ms)');
  const [tool] = await caller.tools();
  expect(JSON.stringify(tool)).toContain("Default 'there'");
});
