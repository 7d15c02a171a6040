import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SshExecutor, sshExecutor } from '@errand/backend-ssh';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SshServer } from '../servers/sshd.ts';
import { optionsFor, type SshHost, startSshHost } from './ssh-host.ts';

describe.skipIf(SshServer.isSkipped)('two accounts of one server', () => {
  let host: SshHost;
  /** Not in this machine's own root's home. */
  let rootState: string;
  const executors: SshExecutor[] = [];

  beforeAll(async () => {
    rootState = await mkdtemp(join(tmpdir(), 'errand-root-state-'));
    host = await startSshHost(['dash', 'ash'], ['Match User root', `SetEnv XDG_STATE_HOME=${rootState}`]);
  });

  afterEach(() => Promise.all(executors.splice(0).map((executor) => executor.close())));

  afterAll(async () => {
    await host?.stop();
    await rm(rootState, { recursive: true });
  });

  function open(shell: 'dash' | 'ash'): SshExecutor {
    const executor = sshExecutor(host.options(shell));
    executors.push(executor);
    return executor;
  }

  test('see nothing of one another: no variable, no stdin, no file of a detached command, no way to a supervisor', async () => {
    const [one, other] = [open('dash'), open('ash')];
    const options = { env: { SECRET: 'hidden-4f1c' }, detached: true, keepMs: 1 } as const;
    const execution = one.spawn('echo hidden-4f1c; sleep 60', options);
    await execution[Symbol.asyncIterator]().next();
    const { uid, home } = host.accounts.of('dash');
    const spool = join(home, '.local/state/errand/spool');
    expect(await readdir(spool)).toHaveLength(1);
    const pried = await other.exec(
      `cat /proc/[0-9]*/environ ${spool}/*/*; ls ${spool}; find /tmp -user ${uid} -perm -004 -type f 2>/dev/null`,
    );
    expect(pried.stdout.text).not.toContain('hidden-4f1c');
    expect(pried.stdout.text).not.toContain(home);
    // Lines that a supervisor would act on.
    const fifos =
      'for file in /proc/[0-9]*/fd/5 /tmp/errand.*/in; do [ ! -O "$file" ] && echo Q >"$file" && echo "wrote to $file"; done 2>/dev/null';
    expect((await other.exec(`${fifos}; true`)).stdout.text).toBe('');
    expect(await other.listDetached()).toEqual([]);
    await expect(other.attach(execution.id)).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
    await execution.kill();
    expect(await execution.result).toMatchObject({ outcome: 'signaled', signal: 'SIGTERM' });
  });

  test('may submit under the same idempotency key, and each ends its own, root too', async () => {
    const root = sshExecutor({ ...host.options(), user: 'root' });
    executors.push(root);
    const options = { detached: true, keepMs: 1, idempotencyKey: 'deploy' } as const;
    const executions = [open('dash'), open('ash'), root].map((executor) => executor.spawn('id -u; sleep 60', options));
    for (const execution of executions) await execution[Symbol.asyncIterator]().next();
    // Root's sees the processes of all.
    for (const [i, execution] of executions.reverse().entries()) {
      await execution.kill();
      expect(await execution.result).toMatchObject({ outcome: 'signaled', signal: 'SIGTERM' });
      expect(executions.slice(i + 1).map(({ state }) => state)).toEqual(executions.slice(i + 1).map(() => 'running'));
    }
  });

  test('do no harm to one another by names that they took before', async () => {
    const shared = await mkdtemp(join(tmpdir(), 'errand-shared-'));
    onTestFinished(() => rm(shared, { recursive: true }));
    await chmod(shared, 0o1777);
    const server = await SshServer.start([`SetEnv XDG_STATE_HOME=${shared}`]);
    onTestFinished(() => server.stop());
    const made = await open('ash').exec(`mkdir -p ${shared}/errand/spool && chmod -R 777 ${shared}/errand`);
    expect(made.exitCode).toBe(0);
    const executor = sshExecutor(optionsFor(server, host.accounts.of('dash')));
    executors.push(executor);
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    const refused = { code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('state directory') };
    await expect(executor.exec('touch ran', { detached: true, keepMs: 1 })).rejects.toMatchObject(refused);
    expect(await executor.listDetached()).toEqual([]);
    expect(await readdir(join(shared, 'errand/spool'))).toEqual([]);
    expect(await executor.files.exists('ran')).toBe(false);
  });
});
