import { type Driver, type DriverContext, type DriverProcess, type DriverSupports, NotStarted, type ProcessRequest } from '@errand/core';
import type { Pod } from './api/kube-objects.ts';
import { Watch } from './api/watch.ts';
import type { Cluster } from './cluster.ts';
import { FollowedJob } from './job/followed-job.ts';
import { Job } from './job/job.ts';
import { CLIENT_LABEL, EXECUTION_LABEL, jobName } from './job/job-manifest.ts';
import { jobsPath } from './job/job-paths.ts';
import { JobExecs } from './job/job-signals.ts';
import { jobSupports } from './job/job-supports.ts';
import { clusterFault } from './k8s-errors.ts';
import type { K8sExecutorOptions } from './k8s-options.ts';
import { podsPath } from './pod/owner.ts';

/** A Job of its own for each command, followed by one watch and its pod's log. */
export class JobDriver implements Driver {
  readonly supports: DriverSupports;
  readonly #cluster: Cluster;
  readonly #options: K8sExecutorOptions;
  readonly #client: string;
  readonly #pods: Watch<Pod>;
  /** The longest waiting first. */
  readonly #starting = new Set<FollowedJob>();

  constructor(cluster: Cluster, options: K8sExecutorOptions, { executorMarker }: DriverContext) {
    this.#cluster = cluster;
    this.#options = options;
    this.#client = executorMarker;
    this.supports = jobSupports(options);
    this.#pods = new Watch(
      cluster.api,
      async () => podsPath(await cluster.namespace()),
      { labelSelector: `${CLIENT_LABEL}=${executorMarker}` },
      ({ metadata }) => metadata.labels?.[EXECUTION_LABEL] ?? '',
    );
  }

  /** Where several wait, the one that has done so for the longest. */
  get waitsFor(): string | undefined {
    for (const { waitsFor } of this.#starting) if (waitsFor !== undefined) return `the cluster says: ${waitsFor}`;
    return undefined;
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const job = await this.#create(request);
    const { api } = this.#cluster;
    const { image = '' } = this.#options;
    const followed = new FollowedJob({ api, job, pods: this.#pods, image, request, signals: new JobExecs(api, job.namespace) });
    this.#starting.add(followed);
    const aborted = Promise.withResolvers<'aborted'>();
    const abort = (): void => aborted.resolve('aborted');
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      if ((await Promise.race([followed.started, aborted.promise])) === 'aborted') throw await followed.giveUp();
      return followed;
    } finally {
      this.#starting.delete(followed);
      signal.removeEventListener('abort', abort);
    }
  }

  async ping(signal: AbortSignal): Promise<void> {
    const { api } = this.#cluster;
    try {
      await api.get(jobsPath(await this.#cluster.namespace()), signal, { limit: 1 });
    } catch (fault) {
      signal.throwIfAborted();
      throw clusterFault(fault);
    }
  }

  async close(): Promise<void> {
    this.#pods.close();
    this.#cluster.close();
  }

  async #create(request: ProcessRequest): Promise<Job> {
    let namespace: string;
    try {
      namespace = await this.#cluster.namespace();
    } catch (fault) {
      throw new NotStarted(clusterFault(fault));
    }
    const parts = { options: this.#options, name: jobName(request.executionId), client: this.#client, request };
    return Job.create(this.#cluster.api, namespace, parts);
  }
}
