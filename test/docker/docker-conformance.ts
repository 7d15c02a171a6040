import { dockerExecutor } from '@errand/backend-docker';
import type { ExecutorOptions } from '@errand/core';
import { testExecutor } from '@errand/core/testing';
import { currentDocker } from '../servers/docker-current/location.mjs';
import type { TestImage } from '../servers/docker-images.ts';
import { DockerServer } from '../servers/dockerd.ts';
import { PodmanServer } from '../servers/podman.ts';
import { type ContainerServer, hostOf } from './docker-host.ts';

/** What a test runner gives. */
export interface Runner extends Pick<Parameters<typeof testExecutor>[0], 'describe' | 'it'> {
  readonly afterAll: (body: () => Promise<void>) => unknown;
}

/** Which daemon: Debian's dockerd, one of this year, or Podman's service. */
export type Daemon = 'docker' | 'docker-current' | 'podman';

/** Undefined where it is not there, which is said. */
const STARTS: Readonly<Record<Daemon, () => Promise<ContainerServer | undefined>>> = {
  docker: async () => (DockerServer.isSkipped ? undefined : DockerServer.start()),
  'docker-current': async () => {
    const programs = currentDocker();
    if (programs === undefined) console.log('Skipping a current Docker (to get it: npm run test:full)');
    return programs === undefined || DockerServer.isSkipped ? undefined : DockerServer.start({ programs });
  },
  podman: async () => (PodmanServer.isSkipped ? undefined : PodmanServer.start()),
};

/**
 * Runs the kit in a container of this image on a real daemon, which is there for all executors: as an executor makes its own, or as
 * `docker run` makes it. One of each executor's own would leave it nothing to see of one executor's commands through another.
 */
export async function dockerConformance(
  image: TestImage,
  container: 'hardened' | 'named' | 'container' | 'plain' | 'plainNamed',
  { describe, it, afterAll }: Runner,
  { daemon = 'docker', ...options }: ExecutorOptions & { readonly daemon?: Daemon } = {},
): Promise<void> {
  const server = await STARTS[daemon]();
  if (!server) {
    describe('conformance in Docker', () => it(`is skipped: there is no ${daemon}`, async () => {}, 1_000));
    return;
  }
  const host = await hostOf(server, [image]);
  afterAll(() => host.stop());
  const where = await host[container]();
  // A client that is killed is looked for from another one's commands.
  Object.assign(process.env, {
    TEST_DOCKER_HOST: where.host,
    TEST_DOCKER_CONTAINER: where.container ?? '',
    TEST_DOCKER_USER: where.user ?? '',
  });
  const client = {
    url: new URL('docker-client.fixture.ts', import.meta.url),
    factory: 'executorOfVariables',
    execArgv: ['--conditions=@errand/source'],
  };
  const name = `${daemon}-${container}${options.shells ? '-pooled' : ''}-${image}`;
  await testExecutor({
    describe,
    it,
    // Of one command's container no other sees anything.
    ...(!['container', 'plain', 'plainNamed'].includes(container) && { client }),
    factory: (overrides) => dockerExecutor({ ...where, name, ...options, ...overrides }),
    // A daemon starts some twenty processes a second, on a machine that has nothing else to do.
    ...(!options.shells && { boundMs: 60_000 }),
    size: process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard',
  });
}
