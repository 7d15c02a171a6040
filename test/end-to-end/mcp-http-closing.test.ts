import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { localExecutor } from '@errand/core';
import { type HttpServer, serveHttp } from '@errand/mcp-adapter';
import { expect, test } from 'vitest';
import { connect, GENERATIONS } from './mcp/clients.ts';
import { allGone, isAlive, pidsIn, poll, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from './mcp/processes.ts';
import { send } from './mcp/raw-http.ts';
import { startCliServer, startLibraryServer } from './mcp/servers.ts';

const TOKEN = 'a-token-for-this-test-alone';

test.each(GENERATIONS)('on SIGINT commands end, a client %s is told, and the server exits', async (generation) => {
  await using directory = await temporaryDirectory();
  await using server = await startCliServer();
  await using client = await connect(generation, server);
  const file = `${directory.path}/pids`;
  const call = client.call('run_command', { command: `echo begun; ${strayingScript(file)}` });
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  const exited = once(server.child, 'exit');
  server.child.kill('SIGINT');
  expect((await call).structuredContent).toMatchObject({ outcome: 'cancelled', stdout: 'begun\n' });
  expect(await exited).toEqual([0, null]);
  expect(pids.filter(isAlive)).toEqual([]);
});

test('closed resolves when all has ended, so that a program can wait for it and exit', async () => {
  await using server = await startLibraryServer();
  await using client = await connect('v1', server);
  await client.call('run_command', { command: 'true' });
  const exited = once(server.child, 'exit');
  server.child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('after SIGKILL of the server nothing is left within 30 s', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startCliServer();
  await using client = await connect('v1', server);
  const file = `${directory.path}/pids`;
  client.call('run_command', { command: strayingScript(file) }).catch(() => {});
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  const exited = once(server.child, 'exit');
  server.child.kill('SIGKILL');
  await exited;
  await allGone(pids, 30_000);
}, 45_000);

test('eight calls on one connection run at the same time, each with its own output', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startCliServer();
  await using client = await connect('v2 of 2026-07-28', server);
  const command = 'touch "$N"; while [ "$(ls | wc -l)" -lt 8 ]; do sleep 0.02; done; echo "out $N"; exit "$N"';
  const numbers = Array.from({ length: 8 }, (_, i) => i + 1);
  const answers = await Promise.all(
    numbers.map((n) => client.call('run_command', { command, cwd: directory.path, env: { N: String(n) } })),
  );
  for (const n of numbers) expect(answers[n - 1]?.structuredContent).toMatchObject({ exit_code: n, stdout: `out ${n}\n` });
});

test('a server that drains starts nothing more, lets run what runs, and is not ready meanwhile', async () => {
  await using directory = await temporaryDirectory();
  await using executor = localExecutor();
  const server = await serveHttp(executor, { token: TOKEN });
  const origin = new URL(server.url).origin;
  const health = async (path: string): Promise<number> =>
    (await send(origin, { method: 'GET', path, headers: { host: '10.1.2.3:8080' } })).status;
  expect([await health('/healthz'), await health('/readyz')]).toEqual([200, 200]);
  await using client = await connect('v2 of 2026-07-28', { url: server.url, token: TOKEN });
  const command = ': >begun; until [ -e go ]; do sleep 0.02; done; echo done';
  const call = client.call('run_command', { command, cwd: directory.path });
  await poll('the command runs', 10_000, () => existsSync(`${directory.path}/begun`));
  const closed = server.close({ drainMs: 60_000 });
  expect([await health('/healthz'), await health('/readyz')]).toEqual([200, 503]);
  expect(await client.call('run_command', { command: 'true' })).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^EXEC_CLOSED/),
  });
  await executor.files.write(`${directory.path}/go`, '');
  expect((await call).structuredContent).toMatchObject({ outcome: 'exited', stdout: 'done\n' });
  await closed;
  await expect(health('/healthz')).rejects.toThrow();
});

test('what drains for too long, or is told to close again, ends what runs', async () => {
  await using executor = localExecutor();
  for (const closeIt of [
    (server: HttpServer) => server.close({ drainMs: 300 }),
    (server: HttpServer) => Promise.all([server.close({ drainMs: 2_147_483_647 }), server.close()]),
  ]) {
    await using directory = await temporaryDirectory();
    const server = await serveHttp(executor, { token: TOKEN });
    await using client = await connect('v2 of 2026-07-28', { url: server.url, token: TOKEN });
    const call = client.call('run_command', { command: ': >begun; exec sleep 3600', cwd: directory.path });
    await poll('the command runs', 10_000, () => existsSync(`${directory.path}/begun`));
    await closeIt(server);
    expect((await call).structuredContent).toMatchObject({ outcome: 'cancelled' });
  }
  await expect(
    serveHttp(executor, { token: TOKEN }).then(async (server) => await server.close({ drainMs: -1 }).finally(() => server.close())),
  ).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
});

test('on SIGTERM errand serve lets commands run on, starts none, and exits with 0', async () => {
  await using directory = await temporaryDirectory();
  await using server = await startCliServer();
  await using client = await connect('v2 of 2026-07-28', server);
  const call = client.call('run_command', { command: ': >begun; until [ -e go ]; do sleep 0.02; done; echo done', cwd: directory.path });
  await poll('the command runs', 10_000, () => existsSync(`${directory.path}/begun`));
  const exited = once(server.child, 'exit');
  server.child.kill('SIGTERM');
  await poll('it drains', 10_000, async () => (await fetch(new URL('/readyz', server.url))).status === 503);
  await writeFile(`${directory.path}/go`, '');
  expect((await call).structuredContent).toMatchObject({ outcome: 'exited', stdout: 'done\n' });
  expect(await exited).toEqual([0, null]);
});

test.each([
  ['at once with --drain 0s', ['--drain', '0s'], 1],
  ['at a second signal', ['--drain', '20d'], 2],
  ['when the time is over', ['--drain', '200ms'], 1],
] as const)('SIGTERM ends what runs %s, and its caller is told', async (_, args, signals) => {
  await using directory = await temporaryDirectory();
  await using server = await startCliServer(undefined, ...args);
  await using client = await connect('v1', server);
  const file = `${directory.path}/pids`;
  const call = client.call('run_command', { command: strayingScript(file) });
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  const exited = once(server.child, 'exit');
  server.child.kill('SIGTERM');
  if (signals === 2) {
    await poll('it drains', 10_000, async () => (await fetch(new URL('/readyz', server.url))).status === 503);
    server.child.kill('SIGTERM');
  }
  expect((await call).structuredContent).toMatchObject({ outcome: 'cancelled' });
  expect(await exited).toEqual([0, null]);
  expect(pids.filter(isAlive)).toEqual([]);
});
