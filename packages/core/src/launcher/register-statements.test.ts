import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { openSh } from '../testing/tools/supervisor-rig.ts';
import { POSIX_SHELLS } from '../testing/tools/test-shells.ts';
import { inboxCondition, registrationCommand } from './register-statements.ts';

const NAME = 'errand-0a1b2c3d';
const NOBODY = 65_534;
const made: (() => unknown)[] = [];
afterEach(async () => {
  for (const unmake of made.splice(0).reverse()) await unmake();
});

/** The inbox of something with a supervisor's name, which has as descriptor 5 what the script says. */
async function namesake(script: string, who: { uid?: number; gid?: number } = {}): Promise<string> {
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true, cwd: '/', ...who });
  made.push(() => endGroup(child));
  const pid = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data).trim())));
  return `${NAME} stat /proc/${pid}/fd/5`;
}

function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

const INTRODUCE = `echo ${NAME} >/proc/self/comm; echo $$`;
const WITH_A_PIPE = `sleep 60 | { read -r p x </proc/self/stat; exec 5<&0; echo ${NAME} >/proc/self/comm; echo "$p"; while :; do sleep 60; done; }`;

describe.each(POSIX_SHELLS)('a launcher in $name', ({ command: sh }) => {
  async function registers(inbox: string): Promise<boolean> {
    const channel = await openSh(sh);
    channel.stdin.end(
      `__errand_birth=1; { ${inboxCondition(inbox)} && ${registrationCommand({ key: 'x.y', killGraceMs: 1 }, inbox)} && echo done; } 2>/dev/null\n`,
    );
    const said = await text(channel.stdout);
    await channel.closed;
    return said === 'done\n';
  }

  test('registers with what has the name that it was told, and a pipe', async () => {
    expect(await registers(await namesake(WITH_A_PIPE))).toBe(true);
  });

  test('writes to no file of something that took the name', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'errand-namesake-'));
    made.push(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, 'file'), 'precious');
    expect(await registers(await namesake(`exec 5<${directory}/file; ${INTRODUCE}; while :; do sleep 60; done`))).toBe(false);
    expect(await readFile(join(directory, 'file'), 'utf8')).toBe('precious');
  });

  test.runIf(process.getuid?.() === 0)('that is root tells nothing to another account which took the name', async () => {
    expect(await registers(await namesake(WITH_A_PIPE, { uid: NOBODY, gid: NOBODY }))).toBe(false);
  });
});
