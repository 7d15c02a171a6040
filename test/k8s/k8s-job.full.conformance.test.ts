import { k8sExecutor } from '@errand/backend-k8s';
import { testExecutor } from '@errand/core/testing';
import { afterAll, describe, it } from 'vitest';
import { KubernetesServer } from '../servers/kubernetes.ts';
import { startK8sHost } from './k8s-host.ts';

/** So that a node of two processors takes what the kit starts at once. */
const REQUESTS = { cpus: 0.01, memoryBytes: 16 * 2 ** 20 };

if (KubernetesServer.isSkipped) describe('conformance in a Job', () => it('is skipped: there is no cluster', async () => {}, 1_000));
else {
  const host = await startK8sHost(['busybox'], { mode: 'job' });
  afterAll(() => host.stop(), 60_000);
  await testExecutor({
    describe,
    it,
    // Each command takes a node some seconds, and a machine that is busy more.
    boundMs: 120_000,
    factory: (overrides) => k8sExecutor({ ...host.options(), name: 'k8s-job', keepMs: 10_000, requests: REQUESTS, ...overrides }),
    size: process.env['ERRAND_KIT_SIZE'] === 'full' ? 'full' : 'standard',
  });
}
