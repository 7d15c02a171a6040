import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerRegistry } from '../servers/docker-registry.ts';
import { DockerServer } from '../servers/dockerd.ts';
import { TcpProxy } from '../servers/tcp-proxy.ts';
import { type DockerHost, startDockerHost } from './docker-host.ts';

interface ListedImage {
  readonly RepoTags: string[] | null;
}

/** Whose file tells which image it was. */
const WHICH = 'if [ -e /bin/busybox ]; then echo busybox; else echo dash; fi';

describe.skipIf(DockerServer.isSkipped || DockerRegistry.isSkipped)('an image of a registry', () => {
  let host: DockerHost;
  let registry: DockerRegistry;
  let image: string;
  beforeAll(async () => {
    registry = await DockerRegistry.start();
    host = await startDockerHost(['busybox', 'dash']);
    image = `${registry.address}/team/tools`;
    await publish('busybox');
    await host.server.api.removeImage(image);
  }, 60_000);
  afterAll(async () => {
    await host?.stop();
    await registry?.stop();
  });

  async function publish(name: 'busybox' | 'dash'): Promise<void> {
    await host.server.api.tag(`errand/${name}`, image);
    await host.server.api.push(image);
  }

  async function which(options: Partial<DockerExecutorOptions>): Promise<string> {
    await using executor = dockerExecutor({ ...host.options(), mode: 'exec', image, ...options });
    return (await executor.exec(WHICH)).stdout.text.trim();
  }

  it("is pulled where it is missing, which the logger is told, and with pull: 'never' it is not", async () => {
    await expect(which({ pull: 'never' })).rejects.toMatchObject({ code: 'EXEC_NOT_FOUND', detail: { what: 'image', name: image } });
    const lines: string[] = [];
    const none = (): void => {};
    const logger = { debug: (_fields: object, line: string) => void lines.push(line), info: none, warn: none, error: none };
    expect(await which({ pull: 'missing', logger })).toBe('busybox');
    expect(lines.join('\n')).toMatch(/Pulling from team\/tools(.|\n)*Status: Downloaded newer image/);
    lines.length = 0;
    expect(await which({ pull: 'missing', logger })).toBe('busybox');
    expect(lines).toEqual([]);
  });

  it("is asked for each time with pull: 'always', so that a newer one is had", async () => {
    await publish('dash');
    await host.server.api.tag('errand/busybox', image);
    expect(await which({ pull: 'missing' })).toBe('busybox');
    expect(await which({ pull: 'always' })).toBe('dash');
  });

  it('is told where the registry has none, or does not answer', async () => {
    const missing = `${registry.address}/team/none`;
    await expect(which({ image: missing, pull: 'missing' })).rejects.toMatchObject({
      code: 'EXEC_NOT_FOUND',
      message: expect.stringMatching(/could not be pulled: .*(not found|unknown)/),
      detail: { what: 'image', name: missing },
    });
    await expect(which({ image: '127.0.0.1:1/none', pull: 'missing' })).rejects.toMatchObject({
      code: 'EXEC_NOT_FOUND',
      message: expect.stringContaining('connection refused'),
    });
    expect(await host.server.api.containers()).toEqual([]);
  });

  it('whose pull is cut short fails what waits for it, and is pulled for the next', async () => {
    await host.server.api.removeImage(image);
    const proxy = await TcpProxy.start(host.server.socketPath);
    const none = (): void => {};
    const logger = { debug: () => proxy.cut(), info: none, warn: none, error: none };
    const through = { ...host.options(), image, pull: 'missing', host: `tcp://127.0.0.1:${proxy.port}` } as const;
    await using executor = dockerExecutor({ ...through, logger });
    await expect(executor.exec(WHICH)).rejects.toMatchObject({ code: 'EXEC_CONNECT' });
    await using next = dockerExecutor(through);
    expect((await next.exec(WHICH)).stdout.text).toBe('dash\n');
    await proxy.stop();
  });

  it('is pulled to its end where the command that began it gave up', async () => {
    const { api } = host.server;
    const proxy = await TcpProxy.start(Number(registry.address.split(':')[1]));
    proxy.latencyMs = 500;
    for (const mode of ['exec', 'container'] as const) {
      const slow = `127.0.0.1:${proxy.port}/team/tools`;
      const names = async (): Promise<string[]> => (await api.get<ListedImage[]>('/images/json')).flatMap(({ RepoTags }) => RepoTags ?? []);
      for (const name of await names()) await api.removeImage(name);
      const impatient = new AbortController();
      const none = (): void => {};
      const logger = { debug: () => impatient.abort(new Error('given up')), info: none, warn: none, error: none };
      const executor = dockerExecutor({ ...host.options(), mode, image: slow, pull: 'missing', logger });
      await expect(executor.exec(WHICH, { signal: impatient.signal })).rejects.toThrow('given up');
      await expect.poll(names, { timeout: 25_000 }).toEqual([`${slow}:latest`]);
      await executor.close();
      expect(await api.containers()).toEqual([]);
    }
    await proxy.stop();
  });
});
