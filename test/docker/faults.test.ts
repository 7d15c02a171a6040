import { dockerExecutor } from '@errand/backend-docker';
import type { Execution } from '@errand/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerServer } from '../servers/dockerd.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

describe.skipIf(DockerServer.isSkipped)('faults of a daemon', () => {
  let host: DockerHost;
  beforeAll(async () => {
    host = await startDockerHost(['busybox', 'no-shell']);
  });
  afterAll(() => host.stop());

  async function running(execution: Execution): Promise<Execution> {
    for await (const _chunk of execution) return execution;
    throw new Error('It ended before it printed anything.');
  }

  it.each(['DELETE', 'kill'])(
    'a container that goes under a command (%s) makes it unknown, and the next command has another',
    async (how) => {
      await using executor = dockerExecutor(host.options());
      const execution = await running(executor.spawn('echo on; sleep 60'));
      const [id = ''] = await host.server.api.containers();
      if (how === 'kill') await host.server.api.post(`/containers/${id}/kill`);
      else await host.server.api.remove(id);
      const { outcome, cause, ok } = await execution.result;
      expect({ outcome, cause, ok }).toEqual({ outcome: 'unknown', cause: 'removed', ok: false });
      expect((await executor.exec('echo again')).stdout.text).toBe('again\n');
    },
  );

  it('a named container that is not there, does not run, is paused or has no shell is told, before anything starts', async () => {
    const { api, host: daemon } = host.server;
    await using missing = dockerExecutor({ mode: 'exec', host: daemon, container: 'no-such' });
    await expect(missing.exec(':')).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND', detail: { what: 'target', name: 'no-such' } });
    const named = await host.named();
    await using executor = dockerExecutor(named);
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
    await api.post(`/containers/${named.container}/pause`);
    await using beside = dockerExecutor(named);
    await expect(beside.exec(':')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('(paused)') });
    await api.post(`/containers/${named.container}/unpause`);
    expect((await beside.exec('echo on')).stdout.text).toBe('on\n');
    await api.post(`/containers/${named.container}/kill`);
    await expect(executor.exec(':')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE' });
    await api.post(`/containers/${named.container}/start`);
    expect((await executor.exec('echo back')).stdout.text).toBe('back\n');
    await api.removeAll();
  });

  it('a daemon that is not there is told, and is asked again by the next command', async () => {
    await using executor = dockerExecutor({ mode: 'exec', host: 'unix:///nonexistent/docker.sock', image: 'busybox' });
    for (let i = 0; i < 2; i += 1)
      await expect(executor.exec(':')).rejects.toMatchObject({ code: 'EXEC_CONNECT', message: expect.stringContaining('Does it run?') });
    expect((await executor.health()).ok).toBe(false);
  });

  it('a daemon that hangs keeps no command beyond its startTimeoutMs', async () => {
    await using executor = dockerExecutor(host.options());
    await executor.exec(':');
    host.server.pause();
    try {
      await expect(executor.exec(':', { startTimeoutMs: 500 })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    } finally {
      host.server.resume();
    }
    expect((await executor.exec('echo on')).stdout.text).toBe('on\n');
  });

  it('a daemon that hangs while a container is made leaves none once it goes on, though nobody waits for it', async () => {
    const executor = dockerExecutor(host.options());
    host.server.pause();
    try {
      await expect(executor.exec(':', { startTimeoutMs: 500 })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    } finally {
      host.server.resume();
    }
    await executor.close();
    expect(await host.server.api.containers()).toEqual([]);
    await expect(executor.exec(':')).rejects.toMatchObject({ code: 'EXEC_CLOSED' });
  });

  it('health() makes no container, and tells whether there could be one', async () => {
    await using executor = dockerExecutor(host.options());
    expect((await executor.health()).ok).toBe(true);
    expect(await host.server.api.containers()).toEqual([]);
    await using missing = dockerExecutor({ ...host.options(), image: 'errand/none' });
    expect(await missing.health()).toMatchObject({ ok: false, reason: expect.stringContaining("image: 'errand/none'") });
  });

  it('a daemon that shuts down under a command makes it unknown, and the next command works once there is another', async () => {
    const other = await startDockerHost(['busybox']);
    try {
      await using executor = dockerExecutor(other.options());
      const execution = await running(executor.spawn('echo on; sleep 60'));
      await other.server.shutDown();
      expect(await execution.result).toMatchObject({ outcome: 'unknown', ok: false });
      await expect(executor.exec(':')).rejects.toMatchObject({ code: 'EXEC_CONNECT' });
      await other.server.start();
      expect((await executor.exec('echo again')).stdout.text).toBe('again\n');
    } finally {
      await other.stop();
    }
  });
});
