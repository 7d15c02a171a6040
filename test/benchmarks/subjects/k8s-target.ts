import { startK8sHost } from '../../k8s/k8s-host.ts';
import { KubernetesServer } from '../../servers/kubernetes.ts';
import { KubernetesShare } from '../../servers/kubernetes-share.ts';

/** A namespace of a cluster, in words that a process of its own can be told. */
export interface K8sTarget {
  /** Of an account with the Role of the README for this mode. */
  readonly kubeconfig: string;
  /** Of one who may do everything, as peers are. */
  readonly adminKubeconfig: string;
  /** The program that is kubectl, among others. */
  readonly kube: string;
  readonly namespace: string;
  readonly image: string;
  /** With mode `pod`: one of this image that runs. */
  readonly pod: string;
}

/** Starts a cluster for as long as something is measured; without root there is none, and nothing is measured. */
export async function withK8sTarget<T>(mode: 'job' | 'pod', measure: (target: K8sTarget) => Promise<T>): Promise<T> {
  if (KubernetesServer.isSkipped) throw new Error('The suite k8s starts a cluster of its own: it needs root, containerd, runc and Go.');
  const share = await KubernetesShare.open();
  try {
    const host = await startK8sHost(['dash'], { mode });
    try {
      const { image = '' } = host.options();
      const { pod = '' } = mode === 'pod' ? await host.named() : {};
      const { kubeconfig, namespace, server } = host;
      // A hundred Jobs at once are more than tests may have.
      await server.api.remove(`/api/v1/namespaces/${namespace}/resourcequotas/quota`);
      return await measure({ kubeconfig, namespace, image, pod, adminKubeconfig: server.kubeconfig, kube: server.parts.kube });
    } finally {
      await host.stop();
    }
  } finally {
    await share?.close();
  }
}
