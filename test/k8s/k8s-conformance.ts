import { k8sExecutor } from '@errand/backend-k8s';
import type { ExecutorOptions } from '@errand/core';
import { testExecutor } from '@errand/core/testing';
import type { TestImage } from '../servers/docker-images.ts';
import { KubernetesServer } from '../servers/kubernetes.ts';
import { startK8sHost } from './k8s-host.ts';

/** What a test runner gives. */
export interface Runner extends Pick<Parameters<typeof testExecutor>[0], 'describe' | 'it'> {
  readonly afterAll: (body: () => Promise<void>, ms: number) => unknown;
}

/**
 * Runs the kit in a pod of this image on a real cluster, as an executor makes it, which is there for all executors: one of each executor's own would
 * leave it nothing to see of one executor's commands through another.
 */
export async function podConformance(image: TestImage, { describe, it, afterAll }: Runner, options: ExecutorOptions = {}): Promise<void> {
  if (KubernetesServer.isSkipped) {
    describe('conformance in a pod', () => it('is skipped: there is no cluster', async () => {}, 1_000));
    return;
  }
  const host = await startK8sHost([image]);
  afterAll(() => host.stop(), 60_000);
  const where = await host.named().catch(async (fault: unknown) => {
    await host.stop();
    throw fault;
  });
  // A client that is killed is looked for from another one's commands.
  Object.assign(process.env, { TEST_K8S_KUBECONFIG: where.kubeconfig, TEST_K8S_POD: where.pod });
  const client = {
    url: new URL('k8s-client.fixture.ts', import.meta.url),
    factory: 'executorOfVariables',
    execArgv: ['--conditions=@errand/source'],
  };
  const name = `k8s-pod${options.shells ? '-pooled' : ''}-${image}`;
  await testExecutor({
    describe,
    it,
    client,
    factory: (overrides) => k8sExecutor({ ...where, name, ...options, ...overrides }),
    // The cluster's servers pass it on, and the kernels between them hold some MiB each.
    aheadBytes: 48 * 2 ** 20,
    // A node starts some twenty processes a second, on a machine that has nothing else to do.
    boundMs: 60_000,
    size: process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard',
  });
}
