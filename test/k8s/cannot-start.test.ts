import { type K8sExecutorOptions, k8sExecutor } from '@errand/backend-k8s';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KubernetesServer } from '../servers/kubernetes.ts';
import { kubernetesImage } from '../servers/kubernetes-images.ts';
import { type K8sHost, startK8sHost } from './k8s-host.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };
/** What a cluster is made of may have to be built first. */
const START_MS = 1_800_000;
/** Of a registry that has no image: on the node itself, which asks others by TLS alone. */
const REGISTRY = '127.0.0.1:5000';

type List = { readonly items: readonly object[] };

/** Why, what is asked for, the code, and the cluster's words. */
const CERTAIN: readonly (readonly [string, Partial<K8sExecutorOptions>, string, string])[] = [
  [
    'its image is not on the node, and is not to be pulled',
    { image: 'localhost/errand/none:1', imagePullPolicy: 'Never' },
    'EXEC_NOT_FOUND',
    'localhost/errand/none:1',
  ],
  ['its registry has no such image', { image: `${REGISTRY}/errand/none:1` }, 'EXEC_NOT_FOUND', 'not found'],
  ['the name of its image is none', { image: 'localhost/Errand/none:1' }, 'EXEC_NOT_FOUND', 'must be lowercase'],
  ['its image has no shell', { image: kubernetesImage('no-shell') }, 'EXEC_NOT_SUPPORTED', '/bin/sh'],
  ['the namespace has no room', { requests: { cpus: 3.5 }, limits: { cpus: 4 } }, 'EXEC_QUOTA', 'exceeded quota'],
  ['a range of limits forbids it', { limits: { memoryBytes: 2 ** 33 } }, 'EXEC_QUOTA', 'maximum memory usage per Container is 4Gi'],
  ['Pod Security forbids it', { user: '0' }, 'EXEC_PERMISSION', 'violates PodSecurity'],
  ['the Role does not reach there', { namespace: 'default' }, 'EXEC_PERMISSION', 'cannot create resource'],
  ['the namespace is not there', { namespace: 'errand-none' }, 'EXEC_PERMISSION', 'errand-none'],
  ['the template is none', { template: { spec: { hostname: 'No Name' } } }, 'EXEC_INVALID_OPTION', 'hostname'],
];

/** A node may come that takes it, an image that is pushed, a registry that answers. */
const UNCERTAIN: readonly (readonly [string, Partial<K8sExecutorOptions>, string])[] = [
  ['no node takes it yet', { nodeSelector: { no: 'where' } }, "didn't match Pod's node affinity"],
  ['no node has so much yet', { requests: { cpus: 2.9 }, limits: { cpus: 4 } }, 'Insufficient cpu'],
  ['its registry does not answer', { image: 'localhost:1/errand/none:1' }, 'connection refused'],
];

describe.skipIf(KubernetesServer.isSkipped).each(['job', 'pod'] as const)(
  'a command in mode %s that cannot start',
  { timeout: 120_000 },
  (mode) => {
    let host: K8sHost;
    beforeAll(async () => {
      host = await startK8sHost(['busybox', 'no-shell'], { mode });
      await startRegistry(host);
    }, START_MS);
    afterAll(() => host?.stop(), 60_000);

    async function left(): Promise<number> {
      const kinds = [`/api/v1/namespaces/${host.namespace}/pods`, `/apis/batch/v1/namespaces/${host.namespace}/jobs`];
      const lists = await Promise.all(kinds.map((path) => host.server.api.get<List>(path)));
      return lists.reduce((sum, { items }) => sum + items.length, 0);
    }

    async function fault(options: Partial<K8sExecutorOptions>): Promise<unknown> {
      await using executor = k8sExecutor({ ...host.options(), ...options });
      const why = await executor.exec('true').catch((error: unknown) => error);
      await vi.waitFor(async () => expect(await left()).toBe(0), PATIENCE);
      return why;
    }

    it.each(CERTAIN)('since %s, says so at once and leaves nothing', async (_why, options, code, words) => {
      const why = await fault(options);
      expect(why).toMatchObject({ code });
      expect(String(why)).toContain(words);
    });

    it.each(UNCERTAIN)('since %s, says after startTimeoutMs what the cluster does, and leaves nothing', async (_why, options, words) => {
      const why = await fault({ ...options, defaults: { startTimeoutMs: 4_000 } });
      expect(why).toMatchObject({ code: 'EXEC_START_TIMEOUT' });
      expect(String(why)).toContain(words);
    });

    it('since the node that it must have refuses it, says so at once and leaves nothing', async () => {
      const why = await fault({ nodeSelector: { no: 'where' }, template: { spec: { nodeName: host.server.nodeName } } });
      expect(why).toMatchObject({ code: 'EXEC_UNAVAILABLE' });
      expect(String(why)).toContain('NodeAffinity');
    });
  },
);

/** One for all: it goes with the cluster. */
async function startRegistry({ server }: K8sHost): Promise<void> {
  const path = '/api/v1/namespaces/default/pods';
  const container = { name: 'httpd', image: kubernetesImage('busybox'), command: ['httpd', '-f', '-p', REGISTRY, '-h', '/bin'] };
  const body = { metadata: { name: 'registry' }, spec: { hostNetwork: true, terminationGracePeriodSeconds: 0, containers: [container] } };
  await server.api.create(path, body).catch((fault: unknown) => {
    if (!String(fault).includes('409')) throw fault;
  });
  await vi.waitFor(async () => {
    const { status } = await server.api.get<{ readonly status: { readonly phase: string } }>(`${path}/registry`);
    expect(status.phase).toBe('Running');
  }, PATIENCE);
}
