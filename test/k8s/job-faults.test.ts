import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { KubernetesServer } from '../servers/kubernetes.ts';
import { hasBegun, JobHost } from './job-host.ts';
import { type K8sHost, startK8sHost } from './k8s-host.ts';

/** What a cluster is made of may have to be built first. */
const START_MS = 1_800_000;

describe.skipIf(KubernetesServer.isSkipped)('a Job in a cluster with faults', { timeout: 200_000 }, () => {
  let host: K8sHost;
  let jobs: JobHost;

  beforeAll(async () => {
    host = await startK8sHost(['busybox'], { mode: 'job', isAlone: true });
    jobs = new JobHost(host);
  }, START_MS);
  afterAll(() => host?.stop(), 60_000);
  afterEach(() => jobs.close(), 60_000);

  test('loses no output where the API is started again', async () => {
    const execution = jobs.executor().spawn('i=0; while [ $i -lt 100 ]; do echo $i; i=$((i+1)); sleep 0.1; done');
    await hasBegun(execution);
    await host.server.end('kube-apiserver');
    await delay(2_000);
    await host.server.begin('kube-apiserver');
    const result = await execution.result;
    expect(result).toMatchObject({ outcome: 'exited' });
    expect(result.stdout.text).toBe(`${Array.from({ length: 100 }, (_, i) => i).join('\n')}\n`);
  });
});
