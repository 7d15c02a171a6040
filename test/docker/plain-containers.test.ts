import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import type { Execution } from '@errand/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';
import { killClient, startClient } from './killed-client.ts';

const PATIENCE = { timeout: 25_000 };
const INVALID = { code: 'EXEC_INVALID_OPTION' };
const NOT_FOUND = { code: 'EXEC_NOT_FOUND' };

describe.skipIf(DockerServer.isSkipped)('a command that is all of its container', () => {
  let host: DockerHost;
  let options: DockerExecutorOptions;
  beforeAll(async () => {
    host = await startDockerHost(['no-shell', 'busybox']);
    options = await host.plain();
  });
  afterAll(() => host.stop());

  const nothingIsLeft = (): Promise<void> => expect.poll(() => host.server.api.containers(), PATIENCE).toEqual([]);

  it('is hardened as any', async () => {
    await using executor = dockerExecutor(options);
    const say = async (...command: string[]): Promise<string> => (await executor.exec(command)).stdout.text;
    expect(await say('id', '-u')).toBe('65534\n');
    expect(await say('ls', '/sys/class/net')).toBe('lo\n');
    expect(await say('cat', '/proc/self/status')).toMatch(/NoNewPrivs:\t1/);
    expect((await executor.exec(['tee', '/etc/x'], { stdin: 'x' })).stderr.text).toContain('Read-only file system');
    expect((await executor.exec(['tee', '/tmp/x'], { stdin: 'x' })).ok).toBe(true);
    expect(await say('ls', '/tmp')).toBe('');
    await nothingIsLeft();
  });

  it('has no env unless those who ask the daemon may see it, and is refused before anything is made', async () => {
    const { allowInspectableEnv: _, ...without } = options;
    await using executor = dockerExecutor(without);
    await expect(executor.exec(['env'], { env: { TOKEN: 'x' } })).rejects.toMatchObject({
      code: 'EXEC_NOT_SUPPORTED',
      message: expect.stringContaining('allowInspectableEnv'),
      detail: { option: 'env' },
    });
    expect(await host.server.api.containers()).toEqual([]);
    expect((await executor.exec(['say', 'on'])).stdout.text).toBe('on\n');
    await using allowed = dockerExecutor(options);
    await expect(allowed.exec(['env'], { env: { HOME: undefined } })).rejects.toMatchObject({ detail: { option: 'env' } });
  });

  it('is what shell: false asks for: an image without a shell says so', async () => {
    const { shell: _, allowInspectableEnv: _env, ...without } = options;
    await using executor = dockerExecutor(without);
    await expect(executor.exec(['say', 'x'])).rejects.toMatchObject({
      code: 'EXEC_NOT_SUPPORTED',
      message: expect.stringMatching(/shell: false.*allowInspectableEnv: true/),
      detail: { option: 'shell' },
    });
    await nothingIsLeft();
    await using other = dockerExecutor(await host.plain('busybox'));
    expect((await other.exec(['echo', 'as well'])).stdout.text).toBe('as well\n');
    expect(() => dockerExecutor({ ...options, warm: 1 })).toThrow(expect.objectContaining(INVALID));
    expect(() => dockerExecutor({ ...without, allowInspectableEnv: true })).toThrow(expect.objectContaining(INVALID));
    expect(() => dockerExecutor({ ...options, shells: {} })).toThrow(expect.objectContaining({ code: 'EXEC_NOT_SUPPORTED' }));
  });

  it('leaves no container, however it ends', async () => {
    const executor = dockerExecutor(options);
    await expect(executor.exec(['no-such-program'])).rejects.toMatchObject(NOT_FOUND);
    await expect(executor.exec(['true'], { cwd: '/no/such' })).rejects.toMatchObject(NOT_FOUND);
    await expect(executor.exec(['true'], { user: 'no-such' })).rejects.toMatchObject(NOT_FOUND);
    await expect(executor.exec(['true'], { startTimeoutMs: 1 })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    expect((await executor.exec(['sleep', '60'], { timeoutMs: 100 })).outcome).toBe('timed-out');
    await nothingIsLeft();
    const execution = executor.spawn(['sleep', '60']);
    await running(execution);
    await executor.close();
    expect((await execution.result).outcome).toBe('cancelled');
    expect(await host.server.api.containers()).toEqual([]);
  });

  it('is held to its limits', async () => {
    await using executor = dockerExecutor(options);
    const limits = { openFiles: 77, cpuMs: 2_500, fileBytes: 4_096, processes: 99 };
    const table = (await executor.exec(['cat', '/proc/self/limits'], { limits })).stdout.text;
    for (const [name, most] of [
      ['open files', 77],
      ['cpu time', 3],
      ['file size', 4_096],
      ['processes', 99],
    ])
      expect(table).toMatch(new RegExp(`Max ${name} +${most} +${most} `));
    await expect(executor.exec(['true'], { user: 'root', limits })).rejects.toMatchObject({ detail: { option: 'limits.processes' } });
  });

  it('finds its program and its directory as they are mounted', async () => {
    const source = await mkdtemp(join(tmpdir(), 'errand-mounted-'));
    try {
      await chmod(source, 0o755);
      await writeFile(join(source, 'no-program'), '');
      await using executor = dockerExecutor({ ...options, mounts: [{ source, target: '/mounted' }], tmpfs: { '/work': '' } });
      expect((await executor.exec(['ls'], { cwd: '/mounted' })).stdout.text).toBe('no-program\n');
      expect((await executor.exec(['pwd'], { cwd: '/work' })).stdout.text).toBe('/work\n');
      await expect(executor.exec(['./no-program'], { cwd: '/mounted' })).rejects.toMatchObject({ code: 'EXEC_PERMISSION' });
      for (const cwd of ['/mounted/no', '/work/no', '/mounted/no-program'])
        await expect(executor.exec(['pwd'], { cwd })).rejects.toMatchObject({ ...NOT_FOUND, detail: { what: 'cwd', name: cwd } });
    } finally {
      await rm(source, { recursive: true });
    }
  });

  it('is in the directory that a link leads to, if there is one', async () => {
    await using executor = dockerExecutor(options);
    expect((await executor.exec(['pwd', '-P'], { cwd: '/linked/bin' })).stdout.text).toBe('/usr/bin\n');
    expect((await executor.exec(['pwd', '-P'], { cwd: 'linked' })).stdout.text).toBe('/usr\n');
    for (const cwd of ['/dangling', '/linked/none', 'dangling/none'])
      await expect(executor.exec(['pwd'], { cwd })).rejects.toMatchObject({ ...NOT_FOUND, detail: { what: 'cwd' } });
  });

  it('without an init is told as the runtime tells it, and ends by SIGKILL where it hears no other signal', async () => {
    await using executor = dockerExecutor({ ...options, init: false });
    await expect(executor.exec(['no-such-program'])).rejects.toMatchObject(NOT_FOUND);
    await expect(executor.exec(['/usr'])).rejects.toMatchObject({ code: 'EXEC_PERMISSION' });
    expect((await executor.exec(['say', 'x'], { env: { EXIT: '3' } })).exitCode).toBe(3);
    const { outcome, exitCode } = await executor.exec(['sleep', '60'], { timeoutMs: 300, killGraceMs: 300 });
    expect({ outcome, exitCode }).toEqual({ outcome: 'timed-out', exitCode: 137 });
  });

  it('is unknown where its container was removed under it', async () => {
    await using executor = dockerExecutor(options);
    const execution = executor.spawn(['sleep', '60']);
    await running(execution);
    const [id = ''] = await host.server.api.containers();
    await host.server.api.remove(id);
    const { outcome, cause } = await execution.result;
    expect({ outcome, cause }).toEqual({ outcome: 'unknown', cause: 'removed' });
  });

  it('has a deadline where nobody gave one, and says so', async () => {
    await using executor = dockerExecutor(options);
    expect(executor.supports).toMatchObject({ shell: false, lifeline: false, kill: true, containment: 'container', files: false });
    const rlimits = (await executor.exec(['cat', '/proc/self/limits'], { timeoutMs: 35_000 })).stdout.text;
    expect(rlimits).toMatch(/Max cpu time +100 +100 /);
    await nothingIsLeft();
    const execution = executor.spawn(['sleep', '60']);
    await running(execution);
    const [id = ''] = await host.server.api.containers();
    const { Config } = await host.server.api.get<{ readonly Config: { readonly Labels: Record<string, string> } }>(
      `/containers/${id}/json`,
    );
    const endsIn = Number(Config.Labels['sh.errand.ends']) - Date.now();
    expect(endsIn).toBeGreaterThan(900_000);
    expect(endsIn).toBeLessThan(2 * 3_600_000);
    await execution.kill();
  });

  it('of a killed client ends with its stdin, or is ended by the next client', async () => {
    const { api } = host.server;
    const reading = await startClient(options, ['cat'], { stdin: 'pipe' }, 'on');
    const sleeping = await startClient(options, ['tail', '-f', '/etc/passwd']);
    expect(await api.containers()).toHaveLength(2);
    await Promise.all([killClient(reading), killClient(sleeping)]);
    const states = async (): Promise<string[]> =>
      (await api.get<{ readonly State: string }[]>('/containers/json?all=1')).map(({ State }) => State).sort();
    await expect.poll(states, PATIENCE).toEqual(['exited', 'running']);
    await using next = dockerExecutor(options);
    await next.exec(['true']);
    await nothingIsLeft();
  });

  it("of a client elsewhere is ended by the next one after its deadline's end, and not before", async () => {
    const { api } = host.server;
    const start = async (ends: number): Promise<string> => {
      const Labels = { 'sh.errand.owner': 'elsewhere 1 2', 'sh.errand.expires': '1', 'sh.errand.ends': String(ends) };
      const { Id } = await api.post<{ Id: string }>(`/containers/create?name=errand-${randomBytes(8).toString('hex')}`, {
        Image: 'errand/no-shell',
        Entrypoint: ['sleep', '600'],
        Labels,
      });
      await api.post(`/containers/${Id}/start`);
      return Id;
    };
    await start(Date.now() - 1_000);
    const goesOn = await start(Date.now() + 600_000);
    await using executor = dockerExecutor(options);
    await executor.exec(['true']);
    await expect.poll(() => api.containers(), PATIENCE).toEqual([goesOn]);
    await api.remove(goesOn);
  });

  it('ends within its time although the daemon hangs, and the next one works', { timeout: 90_000 }, async () => {
    await using executor = dockerExecutor(options);
    const execution = executor.spawn(['sleep', '600'], { timeoutMs: 1_500, killGraceMs: 300 });
    await running(execution);
    host.server.pause();
    try {
      expect((await execution.result).outcome).toBe('timed-out');
    } finally {
      host.server.resume();
    }
    expect((await executor.exec(['say', 'on'])).stdout.text).toBe('on\n');
    await executor.close();
    expect(await host.server.api.containers()).toEqual([]);
  });

  it.each(['plain', 'plainNamed'] as const)('gives a reader that pauses all of its output, long after it ended; %s', async (where) => {
    const made = await host[where]();
    await using executor = dockerExecutor(made);
    // What fits where between its pipe and here is not always the same.
    const sizes = Array.from({ length: 12 }, (_, i) => 2_400_000 + i * 40_000);
    const lost = await Promise.all(
      sizes.map(async (size) => {
        const execution = executor.spawn(['head', '-c', String(size), '/dev/zero'], { maxOutputBytes: 1_000 });
        let left = size;
        for await (const piece of execution.stdout) {
          if (left === size) await delay(4_000);
          left -= piece.length;
        }
        return left + size - (await execution.result).stdout.totalBytes;
      }),
    );
    if (made.container !== undefined) await host.server.api.remove(made.container);
    expect(lost).toEqual(sizes.map(() => 0));
  });

  it('ends as it was told, or as unknown, when the daemon restarts under it, and what could not be removed then is gone after close()', {
    timeout: 60_000,
  }, async () => {
    await using executor = dockerExecutor(options);
    const execution = executor.spawn(['sleep', '600']);
    await running(execution);
    await host.server.shutDown();
    // It may tell yet that it ended it, with SIGKILL where it took its time.
    const { outcome, exitCode } = await execution.result;
    expect(`${outcome} ${exitCode ?? ''}`).toMatch(/^unknown |^exited (137|143)$/);
    await host.server.start();
    expect((await executor.exec(['say', 'on'])).stdout.text).toBe('on\n');
    await executor.close();
    expect(await host.server.api.containers()).toEqual([]);
  });
});

async function running(execution: Execution): Promise<void> {
  await expect.poll(() => execution.state, PATIENCE).toBe('running');
}
