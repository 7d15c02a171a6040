import {
  type Driver,
  type DriverContext,
  type DriverProcess,
  type DriverSupports,
  ExecError,
  NotStarted,
  type ProcessRequest,
} from '@errand/core';
import type { Pod } from './api/kube-objects.ts';
import { Watch } from './api/watch.ts';
import type { Cluster } from './cluster.ts';
import { FollowedJob, type FollowedJobParts } from './job/followed-job.ts';
import { Job } from './job/job.ts';
import { CLIENT_LABEL, EXECUTION_LABEL, jobName } from './job/job-manifest.ts';
import { jobsPath } from './job/job-paths.ts';
import { JobExecs } from './job/job-signals.ts';
import { jobSupports } from './job/job-supports.ts';
import { clusterFault } from './k8s-errors.ts';
import type { K8sExecutorOptions } from './k8s-options.ts';
import { podsPath } from './pod/owner.ts';

/** The cluster's own: a Job of the same name may have been there before. */
const JOB_UID_LABEL = 'batch.kubernetes.io/controller-uid';

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
    this.#pods = this.#watch(`${CLIENT_LABEL}=${executorMarker}`);
  }

  /** Where several wait, the one that has done so for the longest. */
  get waitsFor(): string | undefined {
    for (const { waitsFor } of this.#starting) if (waitsFor !== undefined) return `the cluster says: ${waitsFor}`;
    return undefined;
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    const job = await this.#create(request);
    // Another client's pods are not among those that this one watches.
    const pods = job.isMade ? this.#pods : this.#watch(`${EXECUTION_LABEL}=${job.name}`);
    const followed = this.#follow(job, pods, { request });
    return this.#untilStarted(followed, signal, () => followed.giveUp());
  }

  async attach(executionId: string, from: Readonly<Record<'stdout' | 'stderr', number>>, signal: AbortSignal): Promise<DriverProcess> {
    const name = jobName(executionId);
    const job = await this.#find(name, signal);
    // Of a client of its own, which may be gone.
    const followed = this.#follow(job, this.#watch(`${EXECUTION_LABEL}=${name}`), { from });
    return this.#untilStarted(followed, signal, async () => {
      followed.letGo('attaching to it was given up');
      return toError(signal.reason);
    });
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

  #watch(labelSelector: string): Watch<Pod> {
    const path = async (): Promise<string> => podsPath(await this.#cluster.namespace());
    return new Watch(this.#cluster.api, path, { labelSelector }, ({ metadata }) => metadata.labels?.[JOB_UID_LABEL] ?? '');
  }

  #follow(job: Job, pods: Watch<Pod>, whose: Pick<FollowedJobParts, 'request' | 'from'>): FollowedJob {
    const { api } = this.#cluster;
    const { image = '' } = this.#options;
    return new FollowedJob({ api, job, pods, image, signals: new JobExecs(api, job.namespace), ...whose });
  }

  async #untilStarted(followed: FollowedJob, signal: AbortSignal, giveUp: () => Promise<Error>): Promise<FollowedJob> {
    this.#starting.add(followed);
    const aborted = Promise.withResolvers<'aborted'>();
    const abort = (): void => aborted.resolve('aborted');
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      if ((await Promise.race([followed.started, aborted.promise])) === 'aborted') throw await giveUp();
      return followed;
    } finally {
      this.#starting.delete(followed);
      signal.removeEventListener('abort', abort);
    }
  }

  async #create(request: ProcessRequest): Promise<Job> {
    const namespace = await this.#namespace();
    const parts = { options: this.#options, name: jobName(request.executionId), client: this.#client, request };
    return Job.create(this.#cluster.api, namespace, parts);
  }

  async #find(name: string, signal: AbortSignal): Promise<Job> {
    const job = await Job.find(this.#cluster.api, await this.#namespace(), name, signal).catch((fault: unknown) => {
      signal.throwIfAborted();
      throw new NotStarted(clusterFault(fault));
    });
    if (job) return job;
    const message = `The namespace has no Job '${name}': it never was there, or was removed after its keepMs.`;
    throw new NotStarted(new ExecError('EXEC_NOT_FOUND', message, { detail: { what: 'execution', name } }));
  }

  async #namespace(): Promise<string> {
    try {
      return await this.#cluster.namespace();
    } catch (fault) {
      throw new NotStarted(clusterFault(fault));
    }
  }
}

function toError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}
