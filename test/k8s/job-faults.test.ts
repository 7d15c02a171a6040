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

  test('and a pod’s commands end well where etcd answers slowly', async () => {
    const execution = jobs.executor().spawn('i=0; while [ $i -lt 60 ]; do echo $i; i=$((i+1)); sleep 0.1; done');
    const next = jobs.executor().exec('echo next');
    for (let times = 0; times < 3; times += 1) {
      await host.server.signal('etcd', 'SIGSTOP');
      await delay(2_500);
      await host.server.signal('etcd', 'SIGCONT');
      await delay(500);
    }
    expect(await next).toMatchObject({ outcome: 'exited', exitCode: 0 });
    const result = await execution.result;
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdout.text).toBe(`${Array.from({ length: 60 }, (_, i) => i).join('\n')}\n`);
  });

  test('whose pod has to make room for another is told as preempted', async () => {
    const { api } = host.server;
    await api.create('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: 'errand-first' }, value: 1_000 });
    try {
      const execution = jobs.executor({ requests: { cpus: 1.2 }, limits: { cpus: 1.2 } }).spawn('echo on; sleep 600');
      await hasBegun(execution);
      const { image = '' } = host.options();
      const container = { name: 'main', image, command: ['sleep', '600'], resources: { requests: { cpu: '1200m' } } };
      await api.create('/api/v1/namespaces/default/pods', {
        metadata: { name: 'first' },
        spec: { priorityClassName: 'errand-first', terminationGracePeriodSeconds: 0, containers: [container] },
      });
      const result = await execution.result;
      expect(result).toMatchObject({ outcome: 'signaled', cause: 'preempted' });
      expect(result.stdout.text).toBe('on\n');
    } finally {
      await api.remove('/api/v1/namespaces/default/pods/first');
      await api.remove('/apis/scheduling.k8s.io/v1/priorityclasses/errand-first');
    }
    expect((await jobs.executor().exec('echo next')).stdout.text).toBe('next\n');
  });

  test('whose node is lost is unknown with that cause, and the next runs once the node is back', async () => {
    const { server } = host;
    const execution = jobs.executor().spawn('echo on; sleep 600');
    await hasBegun(execution);
    await server.end('kubelet');
    try {
      // A cluster that has lost all of its nodes, as one of a single node has, takes no pod from them by itself.
      await server.kubectl(['taint', 'node', server.nodeName, 'errand.sh/lost=yes:NoExecute']);
      const result = await execution.result;
      expect(result).toMatchObject({ outcome: 'unknown', cause: 'node-lost' });
      expect(result.stdout.text).toBe('on\n');
    } finally {
      await server.kubectl(['taint', 'node', server.nodeName, 'errand.sh/lost-']);
      await server.begin('kubelet');
    }
    expect((await jobs.executor().exec('echo next')).stdout.text).toBe('next\n');
  });

  test('whose node is to be left is ended there, with all of its output', async () => {
    const { server } = host;
    const execution = jobs.executor().spawn("trap 'echo bye; exit 4' TERM; echo on; while :; do sleep 0.05; done");
    await hasBegun(execution);
    await server.kubectl(['taint', 'node', server.nodeName, 'errand.sh/left=yes:NoExecute']);
    try {
      const result = await execution.result;
      expect(result).toMatchObject({ outcome: 'exited', exitCode: 4, cause: 'node-lost' });
      expect(result.stdout.text).toBe('on\nbye\n');
    } finally {
      await server.kubectl(['taint', 'node', server.nodeName, 'errand.sh/left-']);
    }
  });
});
