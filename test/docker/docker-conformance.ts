import { dockerExecutor } from '@errand/backend-docker';
import type { ExecutorOptions } from '@errand/core';
import { testExecutor } from '@errand/core/testing';
import type { TestImage } from '../servers/docker-images.ts';
import { DockerServer } from '../servers/dockerd.ts';
import { startDockerHost } from './docker-host.ts';

/** What a test runner gives. */
export interface Runner extends Pick<Parameters<typeof testExecutor>[0], 'describe' | 'it'> {
  readonly afterAll: (body: () => Promise<void>) => unknown;
}

/**
 * Runs the kit in a container of this image on a real dockerd, which is there for all executors: as an executor makes its own, or as
 * `docker run` makes it. One of each executor's own would leave it nothing to see of one executor's commands through another.
 */
export async function dockerConformance(
  image: TestImage,
  container: 'hardened' | 'named' | 'container' | 'plain' | 'plainNamed',
  { describe, it, afterAll }: Runner,
  options: ExecutorOptions = {},
): Promise<void> {
  if (DockerServer.isSkipped) {
    describe('conformance in Docker', () => it('is skipped: there is no dockerd', async () => {}, 1_000));
    return;
  }
  const host = await startDockerHost([image]);
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
  const name = `docker-${container}${options.shells ? '-pooled' : ''}-${image}`;
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
