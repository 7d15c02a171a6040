import { startDockerHost } from '../../docker/docker-host.ts';
import { DockerServer } from '../../servers/dockerd.ts';

/** A daemon with an image of Debian's dash, in words that a process of its own can be told. */
export interface DockerTarget {
  readonly socketPath: string;
  readonly image: string;
  /** One of this image that runs, with no limits of its own, as `docker run -d IMAGE sleep` makes it. */
  readonly container: string;
}

/** Starts one for as long as something is measured; without root there is none, and nothing is measured. */
export async function withDockerTarget<T>(measure: (target: DockerTarget) => Promise<T>): Promise<T> {
  if (DockerServer.isSkipped) throw new Error('The suite docker starts a dockerd of its own: it needs root, and docker.io.');
  const host = await startDockerHost(['dash']);
  try {
    const { image = '' } = host.options();
    const { container = '' } = await host.named();
    return await measure({ socketPath: host.server.socketPath, image, container });
  } finally {
    await host.stop();
  }
}

/** As DOCKER_HOST has it. */
export function hostOf({ socketPath }: DockerTarget): string {
  return `unix://${socketPath}`;
}
