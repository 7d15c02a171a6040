import { k8sExecutor } from '@errand/backend-k8s';
import type { Execution, Executor } from '@errand/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KubernetesServer } from '../servers/kubernetes.ts';
import { type K8sHost, startK8sHost } from './k8s-host.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };
/** What a cluster is made of may have to be built first. */
const START_MS = 1_800_000;

type Pods = { readonly items: readonly { readonly metadata: { readonly name: string }; readonly spec: object }[] };

describe.skipIf(KubernetesServer.isSkipped)('a pod of the executor', { timeout: 120_000 }, () => {
  let host: K8sHost;
  beforeAll(async () => {
    host = await startK8sHost(['busybox']);
  }, START_MS);
  afterAll(() => host?.stop(), 60_000);

  async function pods(): Promise<string[]> {
    const { items } = await host.server.api.get<Pods>(`/api/v1/namespaces/${host.namespace}/pods`);
    return items.map(({ metadata }) => metadata.name);
  }

  function remove(pod: string, body: object = { gracePeriodSeconds: 1 }): Promise<void> {
    return host.server.api.remove(`/api/v1/namespaces/${host.namespace}/pods/${pod}`, body);
  }

  /** A command that runs until it is ended. */
  async function begun(executor: Executor): Promise<Execution> {
    const execution = executor.spawn('echo begun; sleep 600');
    for await (const _chunk of execution) break;
    return execution;
  }

  async function text(command: string, options: object = {}): Promise<string> {
    await using executor = k8sExecutor({ ...host.options(), ...options });
    const { stdout, stderr } = await executor.exec(command);
    return `${stdout.text}${stderr.text}`.trim();
  }

  it('is made by the first command, shared by those that follow, and gone after close()', async () => {
    const executor = k8sExecutor(host.options());
    expect(await pods()).toEqual([]);
    await Promise.all([executor.exec('echo one >/tmp/one'), executor.exec('echo two >/tmp/two')]);
    expect(await pods()).toHaveLength(1);
    expect((await executor.exec('cat /tmp/one /tmp/two')).stdout.text).toBe('one\ntwo\n');
    await executor.close();
    expect(await pods()).toEqual([]);
    const leases = await host.server.api.get<Pods>(`/apis/coordination.k8s.io/v1/namespaces/${host.namespace}/leases`);
    expect(leases.items).toEqual([]);
  });

  it('may do nothing that a command does not need', async () => {
    const said = await text(
      'id -u; id -g; grep -E "NoNewPrivs|Seccomp:" /proc/self/status | tr -d "\\t"; grep -E "CapBnd" /proc/self/status | tr -d "\\t"; echo x >/etc/x; ls /var/run/secrets',
    );
    expect(said).toMatch(/^65534\n65534\nNoNewPrivs:1\nSeccomp:2\nCapBnd:0000000000000000\n/);
    expect(said).toContain('Read-only file system');
    expect(said).toContain('/var/run/secrets: No such file');
  });

  it('is what the options and the template say', async () => {
    const options = {
      user: '1000:1001',
      scratch: { '/work': {} },
      podLabels: { team: 'a' },
      template: { spec: { hostname: 'here', containers: [{ name: 'errand', env: [{ name: 'A', value: 'b' }] }] } },
    };
    expect(await text('id -u; id -g; hostname; echo $A; echo x >/work/x && cat /work/x', options)).toBe('1000\n1001\nhere\nb\nx');
  });

  it('that is removed under a command makes it unknown, and another serves the next', async () => {
    await using executor = k8sExecutor(host.options());
    const running = await begun(executor);
    const [pod = ''] = await pods();
    await remove(pod);
    expect(await running.result).toMatchObject({ outcome: 'unknown', cause: 'removed' });
    expect((await executor.exec('hostname')).stdout.text.trim()).not.toBe(pod);
  });

  it('that is evicted says so', async () => {
    await using executor = k8sExecutor(host.options());
    const running = await begun(executor);
    const [pod = ''] = await pods();
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: host.namespace } };
    await host.server.api.create(`/api/v1/namespaces/${host.namespace}/pods/${pod}/eviction`, body);
    expect(await running.result).toMatchObject({ outcome: 'unknown', cause: 'evicted' });
  });

  it('tells that a command used too much memory', async () => {
    await using executor = k8sExecutor({ ...host.options(), limits: { memoryBytes: 32 * 2 ** 20 } });
    const result = await executor.exec('x=a; while :; do x=$x$x$x; done');
    expect(result).toMatchObject({ outcome: 'out-of-memory' });
    expect((await executor.exec('echo next')).stdout.text).toBe('next\n');
  });

  it('is kept ready ahead, and taken where the one before it is gone', async () => {
    const executor = k8sExecutor({ ...host.options(), warm: 1 });
    await executor.exec(':');
    await vi.waitFor(async () => expect(await pods()).toHaveLength(2), PATIENCE);
    await executor.close();
    expect(await pods()).toEqual([]);
  });
});
