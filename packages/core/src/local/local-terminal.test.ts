import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { poll } from '../testing/tools/poll.ts';
import { isAlive } from '../testing/tools/processes.ts';
import { localExecutor } from './local-executor.ts';

const FLAGS = ['--conditions=@errand/source', '--input-type=module', '--eval'];

const LINE_EXECUTOR = new URL('../testing/line-executor.ts', import.meta.url);

test.each([
  ['this machine', `import { localExecutor as make } from '@errand/core'; const shells = [];`],
  ['a line driver', `import { lineExecutor as make } from '${LINE_EXECUTOR}'; const shells = [{ loginShell: '/bin/sh' }];`],
])('what runs in a terminal of %s, of a client that was killed, is ended', async (_what, factory) => {
  const source = `
    ${factory}
    const executor = make(...shells, { lifelineMs: 11_000, defaults: { killGraceMs: 250 } });
    const terminal = await executor.openTerminal({ command: 'trap "" HUP; echo $$; while :; do sleep 0.1; done' });
    terminal.stream.pipe(process.stdout);`;
  const client = spawn(process.execPath, [...FLAGS, source], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = Number(String((await once(client.stdout, 'data'))[0]));
  expect(isAlive(pid)).toBe(true);
  client.kill('SIGKILL');
  await poll('The command should be gone', 11_000, () => !isAlive(pid));
});

test('without node-pty supports.terminal is false, and the refusal says what to install', () => {
  const alone = mkdtempSync(join(tmpdir(), 'errand-alone-'));
  try {
    cpSync(join(import.meta.dirname, '..'), alone, { recursive: true });
    const source = `
      import { localExecutor } from ${JSON.stringify(`${alone}/local/local-executor.ts`)};
      await using executor = localExecutor();
      console.log(executor.supports.terminal, await executor.openTerminal().catch((error) => error.code + ' ' + error.message));`;
    cpSync(join(import.meta.dirname, '../../../../node_modules/generic-pool'), `${alone}/node_modules/generic-pool`, { recursive: true });
    const printed = execFileSync(process.execPath, [...FLAGS, source], { encoding: 'utf8', cwd: alone });
    expect(printed).toMatch(/^false EXEC_NOT_SUPPORTED openTerminal is not supported here: install node-pty, or @lydell\/node-pty/);
  } finally {
    rmSync(alone, { recursive: true });
  }
});

test('with warm shells a death in a terminal is told as their commands tell it', async () => {
  await using executor = localExecutor({ shells: {} });
  const terminal = await executor.openTerminal({ command: 'kill -KILL $$' });
  expect(await terminal.result).toMatchObject({ outcome: 'exited', exitCode: 137 });
});
