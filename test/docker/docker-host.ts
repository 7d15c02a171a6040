import type { DockerExecutorOptions } from '@errand/backend-docker';
import { loadImage, type TestImage } from '../servers/docker-images.ts';
import { DockerServer } from '../servers/dockerd.ts';

/** A daemon with images, and what an executor needs for containers of them. */
export interface DockerHost {
  readonly server: DockerServer;
  /** For a container of the executor's own, of this image or the first one. */
  options(image?: TestImage): DockerExecutorOptions;
  /** For a container that runs, and that nobody but `stop` ends. */
  named(image?: TestImage): Promise<DockerExecutorOptions>;
  stop(): Promise<void>;
}

/** A real dockerd with these images. */
export async function startDockerHost(images: readonly [TestImage, ...TestImage[]]): Promise<DockerHost> {
  const server = await DockerServer.start();
  await Promise.all(images.map((image) => loadImage(server.api, image))).catch(async (fault: unknown) => {
    await server.stop();
    throw fault;
  });
  const where = { mode: 'exec', host: server.host } as const;
  return {
    server,
    options: (image = images[0]) => ({ ...where, image: `errand/${image}`, pull: 'never' }),
    named: async (image = images[0]) => ({ ...where, container: await startContainer(server, image) }),
    stop: () => server.stop(),
  };
}

/** As `docker run -d IMAGE sleep` has it. */
async function startContainer({ api }: DockerServer, image: TestImage): Promise<string> {
  const { Id } = await api.post<{ Id: string }>('/containers/create', {
    Image: `errand/${image}`,
    Cmd: ['sleep', '100000'],
    HostConfig: { NetworkMode: 'none', Init: true },
  });
  await api.post(`/containers/${Id}/start`);
  return Id;
}
