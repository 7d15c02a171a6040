import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';
import { killClient, startClient } from './killed-client.ts';

describe.skipIf(DockerServer.isSkipped)('commands of a user', () => {
  let host: DockerHost;
  let named: DockerExecutorOptions;
  beforeAll(async () => {
    host = await startDockerHost(['busybox']);
    named = await host.named();
  });
  afterAll(() => host.stop());

  it.each(['named', 'options', 'container'] as const)('are run as docker has it: name, uid, uid:gid; %s', async (where) => {
    await using executor = dockerExecutor(await host[where]());
    for (const [user, is] of [
      ['nobody', '65534:65534'],
      ['0', '0:0'],
      ['1234:5678', '1234:5678'],
      ['nobody:root', '65534:0'],
    ] as const)
      expect((await executor.exec('echo "$(id -u):$(id -g)"', { user })).stdout.text.trim()).toBe(is);
  });

  it.each(['named', 'options', 'container'] as const)('are refused where there is no such user or group; %s', async (where) => {
    await using executor = dockerExecutor(await host[where]());
    for (const user of ['no-such-user', 'nobody:no-such-group', '99999999999'])
      await expect(executor.exec(':', { user })).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND', detail: { what: 'user', name: user } });
    for (const user of ['a b', ':', ':0', '0:', '0:0:0', '-1', ' '])
      await expect(executor.exec(':', { user })).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION', detail: { option: 'user' } });
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
  });

  it('are told so where the executor itself has one that is not there', async () => {
    for (const options of [named, host.options(), await host.container(), { ...(await host.container()), capabilities: ['CHOWN'] }]) {
      await using executor = dockerExecutor({ ...options, user: 'no-such-user' });
      await expect(executor.exec(':')).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND', detail: { what: 'user', name: 'no-such-user' } });
    }
  });

  it('have no limit on processes that the kernel would not keep', async () => {
    await using executor = dockerExecutor(host.options());
    const limits = { processes: 200 };
    await expect(executor.exec(':', { user: 'root', limits })).rejects.toMatchObject({
      code: 'EXEC_NOT_SUPPORTED',
      detail: { option: 'limits.processes' },
    });
    expect((await executor.exec('ulimit -u || ulimit -p', { user: '1234', limits })).stdout.text).toBe('200\n');
  });

  it('share warm shells with none: each is run as who was named', async () => {
    await using executor = dockerExecutor({ ...named, shells: {} });
    expect((await executor.exec('id -u')).stdout.text).toBe('0\n');
    expect((await executor.exec('id -u', { user: 'nobody' })).stdout.text).toBe('65534\n');
    expect((await executor.exec('id -u')).stdout.text).toBe('0\n');
  });

  it('are gone soon after their client was killed, and so is what guarded them', { timeout: 60_000 }, async () => {
    await using executor = dockerExecutor(named);
    const client = await startClient({ ...named, lifelineMs: 11_000 }, 'echo running; sleep 61234 & exec sleep 61234', { user: 'nobody' });
    const theirs = async (): Promise<string> => (await executor.exec('ps -o user,args | grep -c "^nobody"')).stdout.text.trim();
    expect(Number(await theirs())).toBeGreaterThan(1);
    await killClient(client);
    await expect.poll(theirs, { timeout: 45_000, interval: 500 }).toBe('0');
  });
});
