import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { k8sExecutor, removeK8sLeftOvers } from '@errand/backend-k8s';
import type { Execution, Executor } from '@errand/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kubeconfig } from '../servers/kubernetes/settings.ts';
import { KubernetesServer } from '../servers/kubernetes.ts';
import type { ClusterServer } from '../servers/kubernetes-cluster.ts';
import { type K8sHost, makeToken, startK8sHost } from './k8s-host.ts';

const PATIENCE = { timeout: 60_000, interval: 200 };
/** What a cluster is made of may have to be built first. */
const START_MS = 1_800_000;

type Pods = { readonly items: readonly { readonly metadata: { readonly name: string } }[] };

describe.skipIf(KubernetesServer.isSkipped)('a cluster with faults', { timeout: 120_000 }, () => {
  let host: K8sHost;
  beforeAll(async () => {
    host = await startK8sHost(['busybox'], { isAlone: true });
  }, START_MS);
  afterAll(() => host?.stop(), 60_000);

  async function pods(): Promise<string[]> {
    const { items } = await host.server.api.get<Pods>(`/api/v1/namespaces/${host.namespace}/pods`);
    return items.map(({ metadata }) => metadata.name);
  }

  /** A command that writes a number ten times a second. */
  async function counting(executor: Executor): Promise<Execution> {
    const execution = executor.spawn('i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done');
    for await (const _chunk of execution) break;
    return execution;
  }

  it.each<ClusterServer>(['kube-apiserver', 'kubelet', 'containerd'])(
    'tells that a command is lost whose connection ends with %s, ends it, and runs the next in the same pod',
    async (server) => {
      await using executor = k8sExecutor({ ...host.options(), lifelineMs: 11_000 });
      const execution = await counting(executor);
      const [pod] = await pods();
      await host.server.end(server);
      await host.server.begin(server);
      const result = await execution.result;
      expect(result).toMatchObject({ outcome: 'unknown', cause: 'connection-lost' });
      expect(result.stdout.text).toMatch(/^1\n/);
      const next = await vi.waitFor(() => executor.exec('hostname; ps | grep -c "[i]=0"'), PATIENCE);
      expect(next.stdout.text.split('\n')[0]).toBe(pod);
      await vi.waitFor(async () => expect((await executor.exec('ps | grep -c "[i]=0"')).stdout.text).toBe('0\n'), PATIENCE);
    },
  );

  it('knows who asks by the kubeconfig as it is now', async () => {
    const file = join(host.server.directory, 'rotating.kubeconfig');
    const write = (token: string): void =>
      writeFileSync(file, kubeconfig(host.server.host, { ca: host.server.ca }, { token, namespace: host.namespace }));
    write('none');
    await using executor = k8sExecutor({ ...host.options(), kubeconfig: file });
    await expect(executor.exec('true')).rejects.toMatchObject({ code: 'EXEC_AUTH' });
    write(await makeToken(host.server, host.namespace));
    expect(await executor.exec('true')).toMatchObject({ ok: true });
    expect(readFileSync(file, 'utf8')).toContain('token');
  });

  it('has nothing of a client that was killed once another comes', async () => {
    const client = spawn(
      process.execPath,
      ['--conditions=@errand/source', resolve('test/k8s/holding-client.fixture.ts'), JSON.stringify(host.options())],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(client.stdout, 'data');
    const [left = ''] = await pods();
    // One that lives keeps what it has.
    expect(await removeK8sLeftOvers({ kubeconfig: host.kubeconfig })).toEqual([]);
    client.kill('SIGKILL');
    await once(client, 'exit');
    expect(await removeK8sLeftOvers({ kubeconfig: host.kubeconfig })).toEqual([
      { namespace: host.namespace, name: left, phase: 'Running' },
    ]);
    await vi.waitFor(async () => expect(await pods()).toEqual([]), PATIENCE);
  });

  it('that is not there is told', async () => {
    const file = join(host.server.directory, 'nowhere.kubeconfig');
    writeFileSync(file, kubeconfig('https://127.0.0.1:1', { ca: host.server.ca }, { token: 'x' }));
    await using executor = k8sExecutor({ ...host.options(), kubeconfig: file });
    await expect(executor.exec('true')).rejects.toMatchObject({ code: 'EXEC_CONNECT' });
    await expect(k8sExecutor({ ...host.options(), context: 'none' }).exec('true')).rejects.toMatchObject({ code: 'EXEC_INVALID_OPTION' });
    await expect(k8sExecutor({ ...host.options(), kubeconfig: '/nonexistent' }).exec('true')).rejects.toMatchObject({
      code: 'EXEC_NOT_FOUND',
    });
    await expect(k8sExecutor({ mode: 'pod', kubeconfig: host.kubeconfig, pod: 'none' }).exec('true')).rejects.toMatchObject({
      code: 'EXEC_NOT_FOUND',
    });
  });
});
