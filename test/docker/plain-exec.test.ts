import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import type { Execution } from '@errand/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';
import { killClient, startClient } from './killed-client.ts';

const PATIENCE = { timeout: 25_000 };
const INVALID = { code: 'EXEC_INVALID_OPTION', detail: { option: 'keeper' } };

describe.skipIf(DockerServer.isSkipped)('a program in a container without a shell', () => {
  let host: DockerHost;
  let named: DockerExecutorOptions;
  let own: DockerExecutorOptions;
  beforeAll(async () => {
    host = await startDockerHost(['no-shell']);
    named = await host.plainNamed();
    own = { ...host.options(), shell: false, keeper: ['cat'] };
  });
  afterAll(() => host.stop());

  const others = async (): Promise<string[]> => (await host.server.api.containers()).filter((id) => id !== named.container);

  it('is what shell: false asks for: a container without a shell says so', async () => {
    const { shell: _, ...without } = named;
    await using executor = dockerExecutor(without);
    await expect(executor.exec(['say', 'x'])).rejects.toMatchObject({
      code: 'EXEC_NOT_SUPPORTED',
      message: expect.stringContaining('shell: false'),
      detail: { option: 'shell' },
    });
    await using other = dockerExecutor(named);
    expect((await other.exec(['say', 'x'])).stdout.text).toBe('x\n');
    expect(other.supports).toMatchObject({ shell: false, kill: false, cancel: false, deadline: false, lifeline: false });
    expect((await other.health()).ok).toBe(true);
  });

  it('shows no variable and no stdin to who inspects it', async () => {
    await using executor = dockerExecutor(named);
    const execution = executor.spawn(['tee'], { env: { TOKEN: 'secret-9c1' }, stdin: 'pipe' });
    execution.stdin.write('secret-9c2');
    for await (const _chunk of execution) break;
    const { api } = host.server;
    const container = await api.get<{ readonly ExecIDs: string[] }>(`/containers/${named.container}/json`);
    const execs = await Promise.all(container.ExecIDs.map((id) => api.get(`/exec/${id}/json`)));
    expect(execs.length).toBeGreaterThan(0);
    expect(JSON.stringify([container, execs])).not.toContain('secret-9c');
    execution.stdin.end();
    expect((await execution.result).stdout.text).toBe('secret-9c2');
  });

  it('begins where the container does, or relative to that', async () => {
    await using executor = dockerExecutor({ ...named, defaults: { cwd: 'usr' } });
    expect((await executor.exec(['pwd'])).stdout.text).toBe('/usr\n');
    expect((await executor.exec(['pwd'], { cwd: 'bin' })).stdout.text).toBe('/usr/bin\n');
  });

  it('cannot be reached: close() lets it go, and says so', async () => {
    const executor = dockerExecutor(named);
    const execution = executor.spawn(['tail', '-f', '/etc/passwd']);
    for await (const _chunk of execution) break;
    await executor.close();
    const { outcome, reason } = await execution.result;
    expect({ outcome, reason }).toEqual({ outcome: 'unknown', reason: expect.stringMatching(/closed.*it may go on/) });
    await using next = dockerExecutor(named);
    expect((await next.exec(['id', '-u'])).ok).toBe(true);
  });

  it('has no limits that nothing would hold it to', async () => {
    await using executor = dockerExecutor(named);
    await expect(executor.exec(['true'], { limits: { openFiles: 99 } })).rejects.toMatchObject({ code: 'EXEC_NOT_SUPPORTED' });
  });

  it('finds in a container of ours what one before it left, which is gone after close()', async () => {
    const executor = dockerExecutor(own);
    expect((await executor.exec(['tee', '/tmp/kept'], { stdin: 'kept' })).ok).toBe(true);
    expect((await executor.exec(['cat', '/tmp/kept'])).stdout.text).toBe('kept');
    expect((await executor.exec(['id', '-u'])).stdout.text).toBe('65534\n');
    expect(await others()).toHaveLength(1);
    await executor.close();
    expect(await others()).toEqual([]);
  });

  it('has a container of ours that needs a keeper, and nothing else does', async () => {
    const { keeper: _, ...without } = own;
    expect(() => dockerExecutor(without)).toThrow(expect.objectContaining(INVALID));
    for (const options of [named, await host.plain(), { image: 'x' }] as const)
      expect(() => dockerExecutor({ ...options, keeper: ['cat'] })).toThrow(expect.objectContaining(INVALID));
    await using executor = dockerExecutor({ ...own, keeper: ['no-such-keeper'], init: false });
    await expect(executor.exec(['true'])).rejects.toMatchObject({ message: expect.stringContaining('no-such-keeper') });
    expect(await others()).toEqual([]);
  });

  it('of a killed client ends with the container that ends with it', async () => {
    const client = await startClient(own, ['tail', '-f', '/etc/passwd']);
    expect(await others()).toHaveLength(1);
    await killClient(client);
    await expect.poll(others, PATIENCE).toEqual([]);
  });

  it('is waited for no longer than its time although the daemon hangs, and the next one works', { timeout: 90_000 }, async () => {
    await using executor = dockerExecutor(named);
    const execution = executor.spawn(['sleep', '20'], { timeoutMs: 1_500 });
    await running(execution);
    host.server.pause();
    try {
      expect((await execution.result).outcome).toBe('unknown');
    } finally {
      host.server.resume();
    }
    expect((await executor.exec(['say', 'on'])).stdout.text).toBe('on\n');
  });

  it('is unknown where its container went under it, and the next one has another', async () => {
    await using executor = dockerExecutor(own);
    const execution = executor.spawn(['sleep', '60']);
    await running(execution);
    const [id = ''] = await others();
    await host.server.api.remove(id);
    const { outcome, cause } = await execution.result;
    expect({ outcome, cause }).toEqual({ outcome: 'unknown', cause: 'removed' });
    expect((await executor.exec(['say', 'on'])).stdout.text).toBe('on\n');
  });
});

async function running(execution: Execution): Promise<void> {
  await expect.poll(() => execution.state, PATIENCE).toBe('running');
}
