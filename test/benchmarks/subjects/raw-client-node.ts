import { Writable } from 'node:stream';
import { BatchV1Api, Exec, KubeConfig, type V1Job, type V1Status, Watch } from '@kubernetes/client-node';
import type { K8sTarget } from './k8s-target.ts';
import { plainJob } from './plain-job.ts';

/** The vendor's client without a library above it. */
export class RawClientNode {
  readonly #target: K8sTarget;
  readonly #config = new KubeConfig();

  constructor(target: K8sTarget) {
    this.#target = target;
    this.#config.loadFromFile(target.adminKubeconfig);
  }

  /** Makes it, and watches it until it is complete. */
  async runJob(command: readonly string[]): Promise<void> {
    const { namespace } = this.#target;
    const { name, body } = plainJob(this.#target, command);
    const made = await this.#config.makeApiClient(BatchV1Api).createNamespacedJob({ namespace, body: body as V1Job });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const see = (_type: string, job: V1Job): void => {
      if (job.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True')) resolve();
    };
    const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: made.metadata?.resourceVersion };
    const watch = await new Watch(this.#config).watch(`/apis/batch/v1/namespaces/${namespace}/jobs`, query, see, (fault) => {
      if (fault) reject(fault);
    });
    try {
      await promise;
    } finally {
      watch.abort();
    }
  }

  /** In the pod that runs. Returns how many bytes came. */
  async exec(command: readonly string[]): Promise<number> {
    const { namespace, pod } = this.#target;
    let arrived = 0;
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        arrived += chunk.length;
        done();
      },
    });
    const { promise, resolve } = Promise.withResolvers<V1Status>();
    await new Exec(this.#config).exec(namespace, pod, 'errand', [...command], sink, sink, null, false, resolve);
    const { status, message } = await promise;
    if (status !== 'Success') throw new Error(`client-node: ${message}`);
    return arrived;
  }
}
