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

/** Runs the kit in containers of this image on a real dockerd: each executor's own, or one that is there for all of them. */
export async function dockerConformance(
  image: TestImage,
  container: 'made' | 'named',
  { describe, it, afterAll }: Runner,
  options: ExecutorOptions = {},
): Promise<void> {
  if (DockerServer.isSkipped) {
    describe('conformance in Docker', () => it('is skipped: there is no dockerd', async () => {}, 1_000));
    return;
  }
  const host = await startDockerHost([image]);
  afterAll(() => host.stop());
  const where = container === 'made' ? host.options() : await host.named();
  const { container: named } = where;
  // A client that is killed is looked for from another one's commands.
  if (named !== undefined) Object.assign(process.env, { TEST_DOCKER_HOST: where.host, TEST_DOCKER_CONTAINER: named });
  const client = {
    url: new URL('docker-client.fixture.ts', import.meta.url),
    factory: 'executorOfVariables',
    execArgv: ['--conditions=@errand/source'],
  };
  const name = `docker-${container}${options.shells ? '-pooled' : ''}-${image}`;
  await testExecutor({
    describe,
    it,
    ...(named !== undefined && { client }),
    factory: (overrides) => dockerExecutor({ ...where, name, ...options, ...overrides }),
    size: process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard',
  });
}
