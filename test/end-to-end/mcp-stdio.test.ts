import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { allGone, isAlive, pidsIn, poll, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from './mcp/processes.ts';
import { startRawStdio } from './mcp/raw-stdio.ts';
import { errand } from './mcp/servers.ts';

test('when the client closes stdin its commands end, it is told so, and the server exits', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRawStdio();
  const file = `${directory.path}/pids`;
  server.call(1, { command: `echo begun; ${strayingScript(file)}` });
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  server.closeStdin();
  expect((await server.answer(1)).result?.structuredContent).toMatchObject({ outcome: 'cancelled', stdout: 'begun\n' });
  expect(await server.exit).toEqual({ code: 0, signal: null });
  expect(pids.filter(isAlive)).toEqual([]);
});

test('everything sent before the end of stdin is answered, however soon that comes', () => {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1.0.0' } };
  const messages = [
    { id: 0, method: 'initialize', params },
    { method: 'notifications/initialized' },
    { id: 1, method: 'tools/call', params: { name: 'run_command', arguments: { command: 'sleep 3600' } } },
    { id: 2, method: 'tools/list' },
  ];
  const input = messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join('');
  const { status, stdout, stderr } = spawnSync(process.execPath, errand('serve', '--stdio'), { input, encoding: 'utf8', timeout: 20_000 });
  const answered = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: number }).id);
  expect({ status, stderr, answered: answered.toSorted() }).toEqual({ status: 0, stderr: '', answered: [0, 1, 2] });
});

test('an id that is in flight is refused, and the first request can still be cancelled', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRawStdio();
  const file = `${directory.path}/pids`;
  server.call(7, { command: strayingScript(file) });
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  server.call(7, { command: `touch ${directory.path}/second` });
  expect((await server.answer(7)).error).toMatchObject({ code: -32_600, message: expect.stringContaining('in flight') });
  expect(pids.every(isAlive)).toBe(true);
  server.cancel(7);
  await allGone(pids);
  server.call(8, { command: 'ls', cwd: directory.path });
  expect((await server.answer(8)).result?.structuredContent).toMatchObject({ stdout: 'pids\n' });
});

test('a line of more than 10 MiB ends the connection with what runs, says so, and is no success', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRawStdio();
  const file = `${directory.path}/pids`;
  server.call(1, { command: strayingScript(file) });
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  server.send('x'.repeat(10 * 1024 ** 2 + 1));
  expect((await server.answer(1)).result?.structuredContent).toMatchObject({ outcome: 'cancelled' });
  expect(await server.exit).toEqual({ code: 125, signal: null });
  expect(pids.filter(isAlive)).toEqual([]);
  expect(server.log()).toContain('the connection to the MCP client was ended: a message is longer than 10485760 bytes');
});

test('on SIGTERM its commands end, their callers are told, and the server exits', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRawStdio();
  const file = `${directory.path}/pids`;
  server.call(1, { command: `echo begun; ${strayingScript(file)}` });
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  server.kill('SIGTERM');
  expect((await server.answer(1)).result?.structuredContent).toMatchObject({ outcome: 'cancelled', stdout: 'begun\n' });
  await server.exit;
  expect(pids.filter(isAlive)).toEqual([]);
});

test('with --drain SIGTERM lets commands run on, and the end of stdin ends that', async () => {
  await using directory = await temporaryDirectory();
  for (const end of ['go', 'stdin'] as const) {
    await using server = await startRawStdio('--drain', '20d');
    const begun = `${directory.path}/begun-${end}`;
    server.call(1, { command: `: >${begun}; until [ -e ${directory.path}/go ]; do sleep 0.02; done`, cwd: directory.path });
    await poll('the command runs', 10_000, () => existsSync(begun));
    server.kill('SIGTERM');
    let id = 2;
    await poll('it drains', 10_000, async () => {
      id += 1;
      server.call(id, { command: 'true' });
      return (await server.answer(id)).result?.content?.[0]?.text?.startsWith('EXEC_CLOSED') === true;
    });
    if (end === 'go') await writeFile(`${directory.path}/go`, '');
    else server.closeStdin();
    expect((await server.answer(1)).result?.structuredContent).toMatchObject({ outcome: end === 'go' ? 'exited' : 'cancelled' });
    expect(await server.exit).toEqual({ code: 0, signal: null });
    await rm(`${directory.path}/go`, { force: true });
  }
});

test('after SIGKILL of the server nothing is left within 30 s', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRawStdio();
  const file = `${directory.path}/pids`;
  server.call(1, { command: strayingScript(file), idempotency_key: 'k' });
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  server.kill('SIGKILL');
  await server.exit;
  await allGone(pids, 30_000);
}, 45_000);

test('a tree that ignores SIGTERM is gone within 6 s after the cancel', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRawStdio();
  const file = `${directory.path}/pids`;
  server.call(1, { command: `trap '' TERM; ${strayingScript(file)}` });
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  server.cancel(1);
  await allGone(pids);
});

test('a cancel under an idempotency key ends the command with its last caller only', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRawStdio();
  const file = `${directory.path}/pids`;
  const args = { command: strayingScript(file), idempotency_key: 'k' };
  server.call(1, args);
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  // Messages are taken in order: once a later call is answered, those before it were heard.
  server.call(2, args);
  server.call(3, { command: 'true' });
  await server.answer(3);
  server.cancel(1);
  server.call(4, { command: 'true' });
  await server.answer(4);
  expect(pids.every(isAlive)).toBe(true);
  server.cancel(2);
  await allGone(pids);
  expect(await pidsIn(file, STRAYING_PROCESSES)).toHaveLength(STRAYING_PROCESSES);
});

test('a line that is wrong does not end the server, which goes on answering and quotes nothing of it in its log', async () => {
  await using server = await startRawStdio();
  server.send('{"jsonrpc": hunter2');
  server.send('{"hunter2": 1}');
  server.send('');
  server.send('[{"jsonrpc":"2.0","id":8,"method":"hunter2"}]');
  server.send('{"jsonrpc":"2.0","id":2,"method":"no/such"}');
  server.send('{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"hunter2"}}');
  server.call(4, { command: 'echo on' });
  expect((await server.answer(2)).error?.code).toBe(-32_601);
  expect((await server.answer(3)).error?.code).toBe(-32_602);
  expect((await server.answer(4)).result?.structuredContent).toMatchObject({ stdout: 'on\n' });
  expect(server.log()).not.toContain('hunter2');
});

test('eight calls on one connection run at the same time, each with its own output', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startRawStdio();
  const numbers = Array.from({ length: 8 }, (_, i) => i + 1);
  // Each waits for all of the others.
  const command = 'touch "$N"; while [ "$(ls | wc -l)" -lt 8 ]; do sleep 0.02; done; echo "out $N"; echo "err $N" >&2; exit "$N"';
  for (const n of numbers) server.call(n, { command, cwd: directory.path, env: { N: String(n) } });
  const results = await Promise.all(numbers.map(async (n) => (await server.answer(n)).result?.structuredContent));
  for (const n of numbers) expect(results[n - 1]).toMatchObject({ exit_code: n, stdout: `out ${n}\n`, stderr: `err ${n}\n` });
});

test('stdout holds the protocol and nothing else', async () => {
  await using server = await startRawStdio();
  server.call(1, { command: 'echo x; kill -9 $$' });
  await server.answer(1);
  server.closeStdin();
  await server.exit;
  expect(server.lines.map((line) => (JSON.parse(line) as { jsonrpc: string }).jsonrpc)).toEqual(['2.0', '2.0']);
  expect(server.log()).toBe('');
});
