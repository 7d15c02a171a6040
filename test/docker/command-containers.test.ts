import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

const PATIENCE = { timeout: 25_000 };

describe.skipIf(DockerServer.isSkipped)('a container of a command', () => {
  let host: DockerHost;
  let options: DockerExecutorOptions;
  beforeAll(async () => {
    host = await startDockerHost(['busybox', 'no-shell']);
    options = await host.container();
  });
  afterAll(() => host.stop());

  it('is its own: no file of another is there, and none of it stays', async () => {
    const executor = dockerExecutor(options);
    const [one, two] = await Promise.all(['one', 'two'].map((word) => executor.exec(`echo ${word} >/tmp/x; cat /tmp/x; hostname`)));
    expect([one?.stdout.text.split('\n')[0], two?.stdout.text.split('\n')[0]]).toEqual(['one', 'two']);
    expect(one?.stdout.text.split('\n')[1]).not.toBe(two?.stdout.text.split('\n')[1]);
    expect((await executor.exec('ls /tmp')).stdout.text).toBe('');
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
    await executor.close();
  });

  it('is hardened as one that lasts is', async () => {
    await using executor = dockerExecutor(options);
    const looks =
      'id -u; ls /sys/class/net; grep NoNewPrivs /proc/self/status | tr -d "\\t"; echo x 2>/dev/null >/etc/x || echo "not there"';
    expect((await executor.exec(looks)).stdout.text).toBe('65534\nlo\nNoNewPrivs:1\nnot there\n');
  });

  it('has the memory that its command is given, for all of its processes together', async () => {
    await using executor = dockerExecutor(options);
    const limits = { memoryBytes: 64 * 2 ** 20 };
    expect((await executor.exec('exec tail /dev/zero', { limits })).outcome).toBe('out-of-memory');
    expect((await executor.exec('kill -9 $$', { limits })).outcome).toBe('exited');
    const { stdout } = await executor.exec('head -c 100m /dev/zero >/tmp/much && echo all', { limits });
    expect(stdout.text).toBe('');
    await expect(executor.exec(':', { limits: { memoryBytes: 2 ** 20 } })).rejects.toMatchObject({
      code: 'EXEC_INVALID_OPTION',
      message: expect.stringMatching(/^limits\.memoryBytes: .*6 MiB/),
    });
  });

  it('is made ahead where warm says so, serves one command, and is gone after close()', async () => {
    const executor = dockerExecutor({ ...options, warm: 2 });
    const first = (await executor.exec('hostname')).stdout.text.trim();
    const { api } = host.server;
    const ready = async (): Promise<string[]> => {
      const all = await api.get<{ readonly Id: string }[]>('/containers/json');
      return all
        .map(({ Id }) => Id.slice(0, 12))
        .filter((id) => id !== first)
        .sort();
    };
    await expect.poll(ready, PATIENCE).toHaveLength(2);
    const spares = await ready();
    const names = await Promise.all([1, 2].map(async () => (await executor.exec('hostname; ls /tmp; echo x >/tmp/x')).stdout.text.trim()));
    expect(names.sort()).toEqual(spares);
    const next = (await executor.exec('hostname; ls /tmp')).stdout.text.trim();
    expect(spares).not.toContain(next);
    await executor.close();
    expect(await api.containers()).toEqual([]);
    expect(() => dockerExecutor({ ...options, mode: 'exec', warm: 2 })).toThrow(/warm/);
  });

  it('has one process of the daemon beside its main one, which waits in a spare for the command, with a stdin or without', async () => {
    const { api } = host.server;
    const execs = async (): Promise<boolean[][]> => {
      const all = await api.get<{ readonly Id: string }[]>('/containers/json');
      const inspected = await Promise.all(all.map(({ Id }) => api.get<{ readonly ExecIDs: string[] | null }>(`/containers/${Id}/json`)));
      const states = inspected.map(({ ExecIDs }) =>
        (ExecIDs ?? []).map((id) => api.get<{ readonly Running: boolean }>(`/exec/${id}/json`)),
      );
      return Promise.all(states.map(async (each) => (await Promise.all(each)).map(({ Running }) => Running)));
    };
    await using executor = dockerExecutor({ ...options, warm: 1 });
    const execution = executor.spawn('echo on; exec sleep 60');
    for await (const _chunk of execution) break;
    await expect.poll(execs, PATIENCE).toEqual([[true], [true]]);
    await execution.kill();
    for (const stdin of ['given', undefined]) {
      await expect.poll(execs, PATIENCE).toEqual([[true]]);
      const { stdout } = await executor.exec('cat; echo end', { ...(stdin && { stdin }) });
      expect(stdout.text).toBe(`${stdin ?? ''}end\n`);
    }
  });

  it('goes with a command that kills all it can', async () => {
    await using executor = dockerExecutor(options);
    const { outcome, cause } = await executor.exec('kill -9 -1; sleep 60');
    expect({ outcome, cause }).toEqual({ outcome: 'unknown', cause: 'removed' });
    expect((await executor.exec('echo next')).stdout.text).toBe('next\n');
  });

  it('ends with a command whose daemons would live on', async () => {
    await using executor = dockerExecutor(options);
    await executor.exec('setsid sleep 600 </dev/null >/dev/null 2>&1 &');
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
  });

  it('shows no variable and no stdin to who inspects it', async () => {
    await using executor = dockerExecutor(options);
    const execution = executor.spawn('echo on; exec sleep 60', { env: { TOKEN: 'secret-8c1' }, stdin: 'secret-8c2' });
    for await (const _chunk of execution) break;
    const [id = ''] = await host.server.api.containers();
    const container = await host.server.api.get<{ readonly ExecIDs: string[] }>(`/containers/${id}/json`);
    const execs = await Promise.all(container.ExecIDs.map((exec) => host.server.api.get(`/exec/${exec}/json`)));
    expect(execs.length).toBeGreaterThan(0);
    expect(JSON.stringify([container, execs])).not.toContain('secret-8c');
    await execution.kill();
  });

  it('is removed where its command could not start, was given up, or is ended by close()', async () => {
    const executor = dockerExecutor(options);
    await expect(executor.exec(['no-such-program'])).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND' });
    await expect(executor.exec(':', { startTimeoutMs: 1 })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    const execution = executor.spawn('echo on; sleep 60');
    for await (const _chunk of execution) break;
    await executor.close();
    expect((await execution.result).outcome).toBe('cancelled');
    expect(await host.server.api.containers()).toEqual([]);
  });

  it('is removed by the daemon when its client is killed', async () => {
    const fixture = resolve('test/docker/holding-client.fixture.ts');
    const args = ['--conditions=@errand/source', fixture, host.server.host, 'errand/busybox', 'container'];
    const client = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(client.stdout, 'data');
    expect(await host.server.api.containers()).toHaveLength(1);
    client.kill('SIGKILL');
    await once(client, 'exit');
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
  });

  it('that goes under its command makes it unknown', async () => {
    await using executor = dockerExecutor(options);
    const execution = executor.spawn('echo on; sleep 60');
    for await (const _chunk of execution) break;
    const [id = ''] = await host.server.api.containers();
    await host.server.api.remove(id);
    const { outcome, cause } = await execution.result;
    expect({ outcome, cause }).toEqual({ outcome: 'unknown', cause: 'removed' });
  });

  it('is refused with what lasts, and with an image that has no shell', async () => {
    await using executor = dockerExecutor(options);
    await expect(executor.openSession()).rejects.toMatchObject({ code: 'EXEC_NOT_SUPPORTED' });
    expect(() => executor.files).toThrow(expect.objectContaining({ code: 'EXEC_NOT_SUPPORTED' }));
    expect(() => dockerExecutor({ ...options, shells: {} })).toThrow(expect.objectContaining({ code: 'EXEC_NOT_SUPPORTED' }));
    expect(() => dockerExecutor({ container: 'web' })).toThrow(/with mode: 'exec'/);
    await using shellless = dockerExecutor({ ...options, image: 'errand/no-shell' });
    await expect(shellless.exec(['/bin/say', 'x'])).rejects.toMatchObject({ code: 'EXEC_NOT_SUPPORTED' });
    await expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);
  });
});
