import { KubeApi } from './api/kube-api.ts';
import { K8sClient } from './k8s-client.ts';
import type { ClusterOptions } from './k8s-options.ts';

/** One namespace of one cluster. */
export class Cluster {
  readonly api: KubeApi;
  readonly #namespace: string | undefined;

  constructor(options: ClusterOptions) {
    this.api = new KubeApi(new K8sClient(options));
    this.#namespace = options.namespace;
  }

  /** @throws ExecError where nothing says which cluster is meant */
  async namespace(): Promise<string> {
    return this.#namespace ?? (await this.api.access()).namespace;
  }

  close(): void {
    this.api.close();
  }
}
