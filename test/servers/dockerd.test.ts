import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadImage, type TestImage } from './docker-images.ts';
import { DockerServer } from './dockerd.ts';
import { processFile, processTable } from './process-table.ts';

/** What of a daemon is on this machine. */
function leftovers(directory: string): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const commands = processTable().map(({ pid }) => processFile(pid, 'cmdline'));
  return [...mounts, ...commands].filter((line) => line.includes(directory));
}

describe.skipIf(DockerServer.isSkipped)('a Docker daemon for tests', () => {
  let server: DockerServer;
  beforeAll(async () => {
    server = await DockerServer.start();
  });
  afterAll(() => server.stop());

  async function outcome(image: string, command: readonly string[]): Promise<number> {
    const { Id } = await server.api.post<{ Id: string }>('/containers/create', {
      Image: image,
      Cmd: command,
      HostConfig: { NetworkMode: 'none' },
    });
    await server.api.post(`/containers/${Id}/start`);
    const { StatusCode } = await server.api.post<{ StatusCode: number }>(`/containers/${Id}/wait`);
    await server.api.remove(Id);
    return StatusCode;
  }

  it.each<[TestImage, string[]]>([
    ['busybox', ['/bin/sh', '-c', 'echo a | grep -q a && exit 7']],
    ['dash', ['/bin/sh', '-c', '[ ! "$BASH_VERSION" ] && printf a | grep -qzx a && exit 7']],
    ['bash', ['/bin/bash', '-c', 'ps -A | grep -q bash && exit 7']],
  ])('runs commands in the image %s', async (image, command) => {
    expect(await outcome(await loadImage(server.api, image), command)).toBe(7);
  });

  it('has an image without a shell, whose program runs', async () => {
    const image = await loadImage(server.api, 'no-shell');
    expect(await outcome(image, ['/bin/say', 'hello'])).toBe(0);
    await expect(outcome(image, ['/bin/sh'])).rejects.toThrow('no such file');
    await server.api.removeAll();
  });

  it.each(['shutDown', 'kill'] as const)('leaves nothing behind, with a container that runs, after %s', async (end) => {
    const other = await DockerServer.start();
    const image = await loadImage(other.api, 'busybox');
    const { Id } = await other.api.post<{ Id: string }>('/containers/create', {
      Image: image,
      Cmd: ['sleep', '600'],
      HostConfig: { Init: true },
    });
    await other.api.post(`/containers/${Id}/start`);
    await other[end]();
    const directory = dirname(other.socketPath);
    if (end === 'kill') expect(leftovers(directory)).not.toEqual([]);
    await other.stop();
    expect(leftovers(directory)).toEqual([]);
    expect(existsSync(directory)).toBe(false);
    expect(readFileSync('/proc/self/cgroup', 'utf8')).not.toContain(directory);
  });

  it('keeps containers while it restarts, with live-restore', async () => {
    const other = await DockerServer.start({ liveRestore: true });
    try {
      const image = await loadImage(other.api, 'busybox');
      const { Id } = await other.api.post<{ Id: string }>('/containers/create', {
        Image: image,
        Cmd: ['sleep', '600'],
        HostConfig: { Init: true },
      });
      await other.api.post(`/containers/${Id}/start`);
      await other.shutDown();
      await other.start({ liveRestore: true });
      expect(await other.api.get(`/containers/${Id}/json`)).toMatchObject({ State: { Running: true, Pid: expect.any(Number) } });
    } finally {
      await other.stop();
    }
  });
});
