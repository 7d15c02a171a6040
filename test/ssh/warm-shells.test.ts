import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SshExecutor, sshExecutor } from '@errand/backend-ssh';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped)('a warm shell of an account that may not look at everything', () => {
  let host: SshHost;
  let directory: string;
  let executor: SshExecutor;
  const strangers: ChildProcess[] = [];

  beforeAll(async () => {
    host = await startSshHost(['dash']);
    directory = await mkdtemp(join(tmpdir(), 'errand-warm-'));
    await chmod(directory, 0o755);
    executor = sshExecutor({ ...host.options(), shells: { max: 1 } });
    await executor.exec('true', { check: true });
  });
  afterEach(() => {
    for (const stranger of strangers.splice(0)) stranger.kill('SIGKILL');
  });
  afterAll(async () => {
    await executor.close();
    await host.stop();
    await rm(directory, { recursive: true });
  });

  const discards = async (): Promise<number | undefined> => (await executor.health()).shells?.discards;

  /** Whether the shell is still there after a command during which somebody else began something. */
  const goesOn = async (gate: string, detached: boolean): Promise<boolean> => {
    const before = await discards();
    const execution = executor.spawn(`echo ready; until [ -e ${gate} ]; do :; done`);
    await once(execution.stdout, 'data');
    const stranger = spawn('sleep', ['1000'], { stdio: 'ignore', detached });
    strangers.push(stranger);
    await once(stranger, 'spawn');
    await writeFile(gate, '');
    expect((await execution.result).ok).toBe(true);
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    return (await discards()) === before;
  };

  it.each([true, false])(
    'goes on when somebody else began something during its command (in a session of its own: %s)',
    async (detached) => {
      // What daemons of this machine begin at the same moment may be taken for the command's.
      const tries: boolean[] = [];
      while (tries.length < 10 && !tries.includes(true))
        tries.push(await goesOn(join(directory, `gate-${detached}-${tries.length}`), detached));
      expect(tries).toContain(true);
    },
  );

  it('is given up for a set-user-ID program that its command left with its output, in a session of its own', async () => {
    const before = (await discards()) ?? 0;
    const program = join(directory, 'as-root');
    await copyFile('/bin/sleep', program);
    await chmod(program, 0o4755);
    const result = await executor.exec(`(setsid ${program} 1000 &); exit 3`);
    expect(result.exitCode).toBe(3);
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    expect(await discards()).toBe(before + 1);
  });
});
