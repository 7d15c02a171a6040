import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readProcessTable } from '../local/process-table.ts';
import { type ProcessRun, type ProcessSpec, runProcess } from './run-process.ts';

function run(command: ProcessSpec['command'], more: Partial<ProcessSpec> = {}): ProcessRun {
  return runProcess({
    id: 'test-a1',
    marker: 'marker',
    command,
    env: {},
    shell: '/bin/sh',
    limits: {},
    mergeStderr: false,
    timeoutMs: 20_000,
    killSignal: 'SIGTERM',
    killGraceMs: 300,
    maxOutputBytes: 1_000,
    ...more,
  });
}

async function outputOf({ output }: ProcessRun): Promise<string[]> {
  const said: string[] = [];
  for await (const { stream, data } of output) said.push(`${stream}: ${Buffer.from(data)}`);
  return said;
}

test('a command gets its input, its environment and its marker, and its output comes in order', async () => {
  const running = run('cat; echo "$A $ERRAND_EXECUTION" >&2; exit 4', { input: Buffer.from('in'), env: { A: 'a' } });
  await running.started;
  expect(await outputOf(running)).toEqual(['stdout: in', 'stderr: a marker.a1\n']);
  expect(await running.result).toMatchObject({ outcome: 'exited', exitCode: 4 });
  expect(await running.gone).toBe(true);
});

test('what did not start says so where it should have, too', async () => {
  for (const [command, more] of [
    [['errand-no-such-program'], {}],
    [':', { cwd: '/errand-no-such-directory' }],
  ] as const) {
    const running = run(command, more);
    const fault = { code: 'EXEC_NOT_FOUND' };
    await expect(running.started).rejects.toMatchObject(fault);
    await expect(running.result).rejects.toMatchObject(fault);
    expect(await outputOf(running)).toEqual([]);
  }
});

test('output waits for who reads it, and what is not kept goes to the reader all the same', async () => {
  const running = run('dd if=/dev/zero bs=65536 count=64 2>/dev/null');
  let bytes = 0;
  for await (const { data } of running.output) {
    bytes += data.length;
    if (bytes === data.length) await delay(100);
  }
  expect(bytes).toBe(64 * 65_536);
  expect((await running.result).stdout).toMatchObject({ totalBytes: bytes, omittedBytes: bytes - 1_000 });
});

test('a daemon ends with its command, and a cancel ends the tree', async () => {
  const daemon = 'd=$(setsid sh -c \'echo $$; exec sleep 600 >/dev/null 2>&1\' &); echo "$d"';
  const left = run(daemon);
  const cancelled = run(`${daemon}; sleep 600`, { id: 'test-a2' });
  const pids = [(await outputOf(left))[0]];
  for await (const { data } of cancelled.output) {
    pids.push(`stdout: ${Buffer.from(data)}`);
    cancelled.cancel('enough');
  }
  expect(await cancelled.result).toMatchObject({ outcome: 'cancelled', reason: 'enough' });
  expect(await Promise.all([left.gone, cancelled.gone])).toEqual([true, true]);
  expect(left.mayHaveLeft).toBe(true);
  const living = readProcessTable().map(({ pid }) => pid);
  expect(pids.map((said = '') => Number(said.slice(8))).filter((pid) => living.includes(pid))).toEqual([]);
});
