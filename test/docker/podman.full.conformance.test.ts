import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { dockerExecutor } from '@errand/backend-docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PodmanServer } from '../servers/podman.ts';
import { type DockerHost, hostOf } from './docker-host.ts';

const PATIENCE = { timeout: 25_000 };

describe.skipIf(PodmanServer.isSkipped)('Podman', () => {
  let host: DockerHost<PodmanServer>;
  beforeAll(async () => {
    host = await hostOf(await PodmanServer.start(), ['busybox']);
  });
  afterAll(() => host?.stop());

  it.each(['exec', 'container'] as const)('runs commands in hardened containers, and keeps none (mode %s)', async (mode) => {
    const executor = dockerExecutor({ ...host.options(), mode });
    const look =
      'id -u; ls /sys/class/net; grep -E "NoNewPrivs|CapEff" /proc/self/status | tr -d "\\t"; (echo x >/x) 2>/dev/null || echo "not there"';
    const { stdout } = await executor.exec(look);
    expect(stdout.text).toBe('65534\nlo\nCapEff:0000000000000000\nNoNewPrivs:1\nnot there\n');
    expect((await executor.exec(['cat'], { stdin: 'given' })).stdout.text).toBe('given');
    expect(await executor.exec('echo no >&2; exit 7')).toMatchObject({ outcome: 'exited', exitCode: 7, stderr: { text: 'no\n' } });
    expect((await executor.exec('sleep 60', { timeoutMs: 500 })).outcome).toBe('timed-out');
    await expect(executor.exec(['no-such-program'])).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
    await executor.close();
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
  });

  it('has sessions, files and warm shells in a container that lasts', async () => {
    await using executor = dockerExecutor({ ...host.options(), shells: {} });
    await executor.files.write('/tmp/x', 'of a file');
    expect((await executor.exec('cat /tmp/x')).stdout.text).toBe('of a file');
    await using session = await executor.openSession();
    await session.exec('X=1; cd /tmp');
    expect((await session.exec('echo $X; pwd')).stdout.text).toBe('1\n/tmp\n');
  });

  it('keeps the container of a client that was killed, until the next one removes it', async () => {
    const args = ['--conditions=@errand/source', resolve('test/docker/holding-client.fixture.ts'), host.server.host, 'errand/busybox'];
    const client = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(client.stdout, 'data');
    const [left] = await host.server.api.containers();
    client.kill('SIGKILL');
    await once(client, 'exit');
    await using executor = dockerExecutor(host.options());
    await executor.exec(':');
    expect(await host.server.api.containers()).not.toContain(left);
  });
});
