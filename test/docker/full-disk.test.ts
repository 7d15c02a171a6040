import { dockerExecutor } from '@errand/backend-docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerRegistry } from '../servers/docker-registry.ts';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const PATIENCE = { timeout: 25_000 };
const MIB = 2 ** 20;
/** Of what a daemon whose disk is full does not do; a deadline that nothing here needs. */
const REFUSED = { code: 'EXEC_UNAVAILABLE', message: expect.stringMatching(/no space left on device/i) };
const SOON = { startTimeoutMs: 25_000 };

describe.skipIf(DockerServer.isSkipped || DockerRegistry.isSkipped)('a daemon whose disk is full', () => {
  let host: DockerHost;
  beforeAll(async () => {
    host = await startDockerHost(['busybox'], { diskBytes: 96 * MIB });
  });
  afterAll(() => host?.stop());

  it('by a command, which is told so, runs what comes next in the same container, and a file keeps what it has', async () => {
    // What lies in `/tmp` counts as the daemon's then.
    await using executor = dockerExecutor({ ...host.options(), readOnlyRoot: false, tmpfs: {} });
    await executor.files.write('/tmp/kept', 'before');
    const filling = await executor.exec('dd if=/dev/zero of=/tmp/full bs=64k');
    expect([filling.outcome, filling.exitCode, filling.stderr.text]).toEqual(['exited', 1, expect.stringContaining('No space left')]);
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    await expect(executor.files.write('/tmp/kept', Buffer.alloc(MIB))).rejects.toMatchObject({
      code: 'EXEC_UNAVAILABLE',
      message: expect.stringContaining("'/tmp/kept' does not fit"),
    });
    expect(Buffer.from(await executor.files.read('/tmp/kept')).toString()).toBe('before');
    await using session = await executor.openSession();
    expect((await session.exec('rm /tmp/full; echo room >/tmp/room; cat /tmp/room')).stdout.text).toBe('room\n');
  });

  it.each(['exec', 'container'] as const)(
    'makes no container (mode %s), keeps nothing of it, and makes one once there is room',
    async (mode) => {
      const executor = dockerExecutor({ ...host.options(), mode });
      await host.server.fillDisk();
      try {
        await expect(executor.exec(':', SOON)).rejects.toMatchObject(REFUSED);
        expect((await executor.health()).ok).toBe(true);
      } finally {
        await host.server.emptyDisk();
      }
      expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
      await executor.close();
      await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
    },
  );

  it('runs a command in a container that was made ahead, and tells the next', async () => {
    const executor = dockerExecutor({ ...host.options(), mode: 'container', warm: 1 });
    const { api } = host.server;
    const first = (await executor.exec('hostname')).stdout.text.trim();
    const execs = async (): Promise<unknown[]> => {
      const spares = (await api.containers()).filter((id) => !id.startsWith(first));
      const inspected = await Promise.all(spares.map((id) => api.get<{ readonly ExecIDs: string[] | null }>(`/containers/${id}/json`)));
      return Promise.all(inspected.flatMap(({ ExecIDs }) => ExecIDs ?? []).map((id) => api.get(`/exec/${id}/json`)));
    };
    await expect.poll(execs, PATIENCE).toMatchObject([{ Running: true }]);
    await host.server.fillDisk();
    try {
      expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
      await expect(executor.exec(':', SOON)).rejects.toMatchObject(REFUSED);
    } finally {
      await host.server.emptyDisk();
    }
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    await executor.close();
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
  });

  it('pulls no image, and pulls it once there is room', async () => {
    const registry = await DockerRegistry.start();
    const { api } = host.server;
    const image = `${registry.address}/team/tools`;
    await api.tag('errand/busybox', image);
    await api.push(image);
    await api.removeImage(image);
    await api.removeImage('errand/busybox');
    await using executor = dockerExecutor({ ...host.options(), image, pull: 'missing' });
    await host.server.fillDisk();
    try {
      await expect(executor.exec(':', SOON)).rejects.toMatchObject(REFUSED);
    } finally {
      await host.server.emptyDisk();
    }
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    await registry.stop();
  });
});
