import { once } from 'node:events';
import { expect, test } from 'vitest';
import { connect, GENERATIONS } from './mcp/clients.ts';
import { allGone, isAlive, pidsIn, STRAYING_PROCESSES, strayingScript, temporaryDirectory } from './mcp/processes.ts';
import { startCliServer, startLibraryServer } from './mcp/servers.ts';

test.each(GENERATIONS)('on SIGTERM commands end, a client %s is told, and the server exits', async (generation) => {
  await using directory = await temporaryDirectory();
  await using server = await startCliServer();
  await using client = await connect(generation, server);
  const file = `${directory.path}/pids`;
  const call = client.call('run_command', { command: `echo begun; ${strayingScript(file)}` });
  const pids = await pidsIn(file, STRAYING_PROCESSES);
  const exited = once(server.child, 'exit');
  server.child.kill('SIGTERM');
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
