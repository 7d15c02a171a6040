import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { isAlive } from '../testing/tools/processes.ts';
import { allGone, SETSID, STUBBORN } from '../testing/tools/supervisor-rig.ts';

const EXECUTORS = {
  local: `import { localExecutor } from '${new URL('../local/local-executor.ts', import.meta.url)}'; const executor = localExecutor();`,
  launched: `import { lineExecutor } from '${new URL('../testing/line-executor.ts', import.meta.url)}'; const executor = lineExecutor({ loginShell: '/bin/sh' });`,
};

let made: (() => void)[] = [];
afterEach(() => {
  for (const unmake of made) unmake();
  made = [];
});

/** A client of its own that prints pids, one a line. */
async function client(executor: string, source: string, lines: number): Promise<{ child: ChildProcess; pids: number[] }> {
  const conditions = ['--conditions=@errand/source', '--input-type=module'];
  const child = spawn(process.execPath, [...conditions, '-e', `${executor}\n${source}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pids: number[] = [];
  made.push(() => {
    for (const pid of [child.pid ?? 0, ...pids]) if (pid > 1 && isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  for await (const line of createInterface({ input: child.stdout })) if (pids.push(Number(line)) === lines) break;
  return { child, pids };
}

const RUN = `const print = ({ data }) => process.stdout.write(data); const script = ${JSON.stringify(`${SETSID} ${STUBBORN}`)};`;
// What still is in the group when the command is over is ended with it, so it waits until the daemon has its own.
const START_DAEMON = "echo $(setsid sh -c 'echo $$; exec sleep 60 >/dev/null 2>&1' &)";
const DAEMON = `await executor.exec(${JSON.stringify(START_DAEMON)}, { onOutput: print });`;

describe.each(Object.entries(EXECUTORS))('with the %s executor', (_name, executor) => {
  test('a client that is killed leaves nothing of a command that runs, and keeps the daemon of one that is over', async () => {
    const source = `${RUN} ${DAEMON} executor.spawn(script, { onOutput: print, killGraceMs: 500 });`;
    const { child, pids } = await client(executor, source, 3);
    const [daemon = 0, ...running] = pids;
    child.kill('SIGKILL');
    await allGone(running);
    expect(isAlive(daemon)).toBe(true);
  });
});

test.each(Object.entries(EXECUTORS))(
  'an ending that a client of the %s executor began is finished when it is killed',
  async (_name, executor) => {
    const stray = `setsid sh -c ${JSON.stringify(STUBBORN).replaceAll('$', '\\$')} & echo $$; exec sleep 60`;
    const source = `const script = ${JSON.stringify(stray)}; let lines = 0;
    const execution = executor.spawn(script, { killGraceMs: 60_000, onOutput: ({ data }) => {
      process.stdout.write(data);
      lines += String(data).split('\\n').length - 1;
      if (lines === 2) execution.kill();
    } });`;
    const { child, pids } = await client(executor, source, 2);
    // Only one of them heeds SIGTERM.
    await poll('the main process ended', 5_000, () => pids.filter(isAlive).length === 1);
    child.kill('SIGKILL');
    await allGone(pids);
  },
);

test('a client that exits without close() is let go at once, and keeps the daemon of a command that is over', async () => {
  const { child, pids } = await client(EXECUTORS.local, `${RUN} ${DAEMON}`, 1);
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  // The supervisor looks for two seconds for what shows late.
  await expect(allGone(pids, 4_000)).rejects.toThrow();
});
