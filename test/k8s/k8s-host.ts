import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type K8sExecutorOptions, k8sExecutor } from '@errand/backend-k8s';
import type { Executor } from '@errand/core';
import type { TestImage } from '../servers/docker-images.ts';
import { kubeconfig } from '../servers/kubernetes/settings.ts';
import type { KubernetesCluster } from '../servers/kubernetes-cluster.ts';
import { kubernetesImage } from '../servers/kubernetes-images.ts';
import { SharedKubernetes } from '../servers/kubernetes-share.ts';

/** A namespace of a cluster, and what an executor needs for pods there. */
export interface K8sHost {
  readonly server: KubernetesCluster;
  readonly namespace: string;
  /** Of who has the README's Role, and no more. */
  readonly kubeconfig: string;
  /** For a pod of the executor's own, of this image or the first one. */
  options(image?: TestImage): K8sExecutorOptions;
  /** For one that another executor made: several may run their commands there. */
  named(image?: TestImage): Promise<K8sExecutorOptions>;
  stop(): Promise<void>;
}

/** Who asks for a host. */
export interface HostOptions {
  /** Default `pod`. */
  readonly mode?: 'job' | 'pod';
  /** Whether it ends servers of the cluster, so that nobody else is to use it meanwhile. */
  readonly isAlone?: boolean;
}

/** In the cluster of this test run, with these images: a namespace that enforces Pod Security `restricted`, with a quota and a range of limits. */
export async function startK8sHost(
  images: readonly [TestImage, ...TestImage[]],
  { mode = 'pod', isAlone = false }: HostOptions = {},
): Promise<K8sHost> {
  const server = await SharedKubernetes.use(images, { isAlone });
  try {
    return await hostOf(server, images[0], mode);
  } catch (fault) {
    await server.stop();
    throw fault;
  }
}

async function hostOf(server: SharedKubernetes, first: TestImage, mode: 'job' | 'pod'): Promise<K8sHost> {
  const namespace = await makeNamespace(server, mode);
  const file = join(server.directory, `${namespace}.kubeconfig`);
  writeFileSync(file, kubeconfig(server.host, { ca: server.ca }, { token: await makeToken(server, namespace), namespace }));
  const makers: Executor[] = [];
  const options = (image: TestImage = first): K8sExecutorOptions => ({ mode, kubeconfig: file, image: kubernetesImage(image) });
  return {
    server,
    namespace,
    kubeconfig: file,
    options,
    named: async (image) => {
      const maker = k8sExecutor(options(image));
      makers.push(maker);
      const { stdout } = await maker.exec('cat /proc/sys/kernel/hostname', { check: true });
      return { mode: 'pod', kubeconfig: file, pod: stdout.text.trim() };
    },
    stop: async () => {
      await Promise.all(makers.map((maker) => maker.close()));
      await server.api.remove(`/api/v1/namespaces/${namespace}`);
      await server.stop();
    },
  };
}

/** Its name, with an account `errand` that has the Role of this mode. */
async function makeNamespace(server: KubernetesCluster, mode: 'job' | 'pod'): Promise<string> {
  const namespace = `test-${randomBytes(4).toString('hex')}`;
  await server.api.create('/api/v1/namespaces', {
    metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  await server.kubectl(
    ['-n', namespace, 'apply', '-f', '-'],
    `${roleOf(mode)}\n---\n${RULES.replaceAll('MODE', mode).replaceAll('NAMESPACE', namespace)}`,
  );
  return namespace;
}

export async function makeToken(server: KubernetesCluster, namespace: string, seconds = 36_000, account = 'errand'): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const { status } = await server.api.create<{ status: { token: string } }>(path, { spec: { expirationSeconds: seconds } });
  return status.token;
}

/** A kubeconfig of one who has the same Role without this resource. */
export async function withoutResource({ server, namespace }: K8sHost, mode: 'job' | 'pod', resource: string): Promise<string> {
  const name = `errand-without-${resource.replace('/', '-')}`;
  const file = join(server.directory, `${namespace}-${name}.kubeconfig`);
  if (existsSync(file)) return file;
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const role = await server.api.get<{ readonly rules: readonly { readonly resources: readonly string[] }[] }>(
    `${roles}/roles/errand-${mode}`,
  );
  await server.api.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  await server.api.create(`${roles}/roles`, {
    metadata: { name },
    rules: role.rules.filter(({ resources }) => !resources.includes(resource)),
  });
  await server.api.create(`${roles}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  const token = await makeToken(server, namespace, 36_000, name);
  writeFileSync(file, kubeconfig(server.host, { ca: server.ca }, { token, namespace }));
  return file;
}

/** As the README has it. */
function roleOf(mode: 'job' | 'pod'): string {
  const readme = readFileSync('packages/backend-k8s/README.md', 'utf8');
  const role = [...readme.matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, text = '']) => text)
    .find((text) => text.includes(`name: errand-${mode}\n`));
  if (role === undefined) throw new Error(`The README has no Role errand-${mode}.`);
  return role;
}

const RULES = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: errand }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: errand }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: errand-MODE }
subjects: [{ kind: ServiceAccount, name: errand, namespace: NAMESPACE }]
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: quota }
spec: { hard: { pods: "90", limits.memory: 64Gi, limits.cpu: "64", requests.cpu: "3", requests.memory: 16Gi } }
---
apiVersion: v1
kind: LimitRange
metadata: { name: range }
spec: { limits: [{ type: Container, max: { memory: 4Gi, cpu: "4" }, default: { memory: 256Mi, cpu: 500m }, defaultRequest: { memory: 32Mi, cpu: 20m } }] }
`;
