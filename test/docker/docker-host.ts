import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import type { Executor } from '@errand/core';
import type { DockerApi } from '../servers/docker-api.ts';
import { loadImage, type TestImage } from '../servers/docker-images.ts';
import { DockerServer, type DockerServerOptions } from '../servers/dockerd.ts';

/** Whatever speaks the API of Docker. */
export interface ContainerServer {
  readonly api: DockerApi;
  /** As `DOCKER_HOST` has it. */
  readonly host: string;
  stop(): Promise<void>;
}

/** A daemon with images, and what an executor needs for containers of them. */
export interface DockerHost<S extends ContainerServer = DockerServer> {
  readonly server: S;
  /** For a container of the executor's own, of this image or the first one. */
  options(image?: TestImage): DockerExecutorOptions;
  /** For a container of each command's own. */
  container(image?: TestImage): Promise<DockerExecutorOptions>;
  /** For one whose main process is the command. */
  plain(image?: TestImage): Promise<DockerExecutorOptions>;
  /** For programs in one that runs. */
  plainNamed(image?: TestImage): Promise<DockerExecutorOptions>;
  /** For a container that runs, and that nobody but `stop` ends. */
  named(image?: TestImage): Promise<DockerExecutorOptions>;
  /** For one that another executor made, as it makes them: several may run their commands there. */
  hardened(image?: TestImage): Promise<DockerExecutorOptions>;
  stop(): Promise<void>;
}

/** A real dockerd with these images. */
export async function startDockerHost(images: readonly [TestImage, ...TestImage[]], settings?: DockerServerOptions): Promise<DockerHost> {
  return hostOf(await DockerServer.start(settings), images);
}

/** A daemon that runs, and is given these images. */
export async function hostOf<S extends ContainerServer>(server: S, images: readonly [TestImage, ...TestImage[]]): Promise<DockerHost<S>> {
  await Promise.all(images.map((image) => loadImage(server.api, image))).catch(async (fault: unknown) => {
    await server.stop();
    throw fault;
  });
  const where = { mode: 'exec', host: server.host } as const;
  const makers: Executor[] = [];
  const options = (image: TestImage = images[0]): DockerExecutorOptions => ({ ...where, image: `errand/${image}`, pull: 'never' });
  return {
    server,
    options,
    container: async (image) => ({ ...options(image), mode: 'container' }),
    plain: async (image) => ({ ...options(image), mode: 'container', shell: false, allowInspectableEnv: true }),
    plainNamed: async (image = images[0]) => ({ ...where, shell: false, container: await startContainer(server, image) }),
    named: async (image = images[0]) => ({ ...where, container: await startContainer(server, image) }),
    hardened: async (image) => {
      const maker = dockerExecutor(options(image));
      makers.push(maker);
      const container = await maker.exec('hostname', { check: true });
      return { ...where, container: container.stdout.text.trim(), user: '65534:65534' };
    },
    stop: async () => {
      await Promise.all(makers.map((maker) => maker.close()));
      await server.stop();
    },
  };
}

/** As `docker run -d IMAGE sleep` has it. */
async function startContainer({ api }: ContainerServer, image: TestImage): Promise<string> {
  const { Id } = await api.post<{ Id: string }>('/containers/create', {
    Image: `errand/${image}`,
    Cmd: ['sleep', '100000'],
    HostConfig: { NetworkMode: 'none', Init: true },
  });
  await api.post(`/containers/${Id}/start`);
  return Id;
}
