import { conflict, isExecError, NotStarted } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import { isRefusal, orAbsent } from '../api/cluster-refusal.ts';
import type { KubeApi } from '../api/kube-api.ts';
import type { Condition, KubeList, KubeObject } from '../api/kube-objects.ts';
import { clusterFault } from '../k8s-errors.ts';
import { podsPath } from '../pod/owner.ts';
import {
  EXECUTION_LABEL,
  type JobParts,
  jobManifest,
  NONCE_ANNOTATION,
  PRINT_ANNOTATION,
  SPOOL_ANNOTATION,
  secretManifest,
  secretNameOf,
} from './job-manifest.ts';
import { jobsPath, secretsPath } from './job-paths.ts';

/** How long what is asked for in the background may take, tries and all. */
const ASK_MS = 20_000;
/** What a Secret holds at most. */
const MAX_SECRET_BYTES = 1_048_576;

interface JobObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface KubeEvent extends KubeObject {
  readonly reason?: string;
  readonly message?: string;
}

/** A Job of the cluster, by name. */
export class Job {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly nonce: string;
  /** This client made it; else it is left alone where it is not wanted here. */
  readonly isMade: boolean;
  /** Its output is read by exec, and not in its log. */
  readonly isSpooled: boolean;
  readonly #api: KubeApi;

  private constructor(api: KubeApi, namespace: string, { metadata }: JobObject, isMade: boolean) {
    this.isMade = isMade;
    const { name = '', uid = '', annotations = {} } = metadata;
    this.name = name;
    this.namespace = namespace;
    this.uid = uid;
    this.nonce = annotations[NONCE_ANNOTATION] ?? '';
    this.isSpooled = annotations[SPOOL_ANNOTATION] !== undefined;
    this.#api = api;
  }

  /**
   * Makes it, with what it runs; once, however often its cluster does not answer, since its name is taken then.
   *
   * @throws NotStarted; any other error means that it may have been made
   */
  static async create(api: KubeApi, namespace: string, parts: JobParts): Promise<Job> {
    checkSize(parts);
    const signal = AbortSignal.timeout(ASK_MS);
    const { request } = parts;
    const made = await make<JobObject>(api, jobsPath(namespace), jobManifest(parts), signal);
    const found = made ?? (await api.get<JobObject>(jobsPath(namespace, parts.name), signal));
    if (found.metadata.annotations?.[PRINT_ANNOTATION] !== request.print) throw new NotStarted(conflict());
    const job = new Job(api, namespace, found, made !== undefined || found.metadata.annotations?.[NONCE_ANNOTATION] === request.nonce);
    if (!made && isOver(found)) return job;
    try {
      // Whoever made it may have died before its Secret was there.
      const secret = secretManifest({ ...parts, request: { ...request, nonce: job.nonce } }, job.uid);
      await make(api, secretsPath(namespace), secret, signal);
    } catch (fault) {
      // Without its Secret its pod starts nothing.
      if (job.isMade) await job.remove();
      throw fault;
    }
    return job;
  }

  static async find(api: KubeApi, namespace: string, name: string, signal: AbortSignal): Promise<Job | undefined> {
    const found = await orAbsent(api.get<JobObject>(jobsPath(namespace, name), signal));
    return found && new Job(api, namespace, found, false);
  }

  /** Why it has no pod, where its controller says so: `fault` is what a pod was refused with. */
  async whyNoPod(signal: AbortSignal): Promise<{ readonly gone: boolean; readonly refused?: string; readonly failed?: string }> {
    const job = await orAbsent(this.#api.get<JobObject>(jobsPath(this.namespace, this.name), signal));
    if (!job || job.metadata.uid !== this.uid || job.metadata.deletionTimestamp) return { gone: true };
    const failed = job.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
    // A Role need not allow it.
    const events = await this.#api
      .get<KubeList<KubeEvent>>(`/api/v1/namespaces/${this.namespace}/events`, signal, { fieldSelector: `involvedObject.uid=${this.uid}` })
      .catch(() => undefined);
    const refused = events?.items.find(({ reason }) => reason === 'FailedCreate')?.message;
    return { gone: false, ...(refused !== undefined && { refused }), ...(failed && { failed: failed.message ?? failed.reason ?? '' }) };
  }

  async hasPods(): Promise<boolean> {
    const query = { labelSelector: `${EXECUTION_LABEL}=${this.name}`, limit: 1 };
    const { items } = await this.#api.get<KubeList<KubeObject>>(podsPath(this.namespace), AbortSignal.timeout(ASK_MS), query);
    return items.length > 0;
  }

  /** With its pods and its Secret. What is not there any more is removed. */
  async remove(): Promise<void> {
    const body = { propagationPolicy: 'Background', preconditions: { uid: this.uid } };
    await Promise.all([
      this.removeSecret(),
      this.#api.remove(jobsPath(this.namespace, this.name), AbortSignal.timeout(ASK_MS), body).catch((fault: unknown) => {
        if (!isRefusal(fault, 409)) throw fault;
      }),
    ]);
  }

  /** Once its pod has what is in it. */
  removeSecret(): Promise<void> {
    return this.#api.remove(secretsPath(this.namespace, secretNameOf(this.name, this.nonce)), AbortSignal.timeout(ASK_MS));
  }
}

/** Undefined where it is there already: nobody else has that name. */
async function make<T extends KubeObject>(api: KubeApi, path: string, body: KubeObject, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await api.ask<T>({ method: 'POST', path, body, signal, isHarmless: true });
  } catch (fault) {
    if (isRefusal(fault, 409)) return undefined;
    if ((isRefusal(fault) && fault.code < 500) || isExecError(fault) || isUnsent(fault)) throw new NotStarted(clusterFault(fault));
    throw fault;
  }
}

function checkSize(parts: JobParts): void {
  const { data } = secretManifest(parts, '');
  const bytes = Object.values(data).reduce<number>((sum, text) => sum + Buffer.byteLength(String(text), 'base64'), 0);
  if (bytes <= MAX_SECRET_BYTES) return;
  const wrong = `with env and stdin it has ${bytes} bytes`;
  throw new NotStarted(invalidOption('command', wrong, `at most ${MAX_SECRET_BYTES}, which is what a Secret of the cluster holds`));
}

function isOver({ status }: JobObject): boolean {
  return status?.conditions?.some((one) => (one.type === 'Complete' || one.type === 'Failed') && one.status === 'True') ?? false;
}

function isUnsent(fault: unknown): boolean {
  const code: unknown = Reflect.get(Object(fault), 'code');
  return (
    typeof code === 'string' &&
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code)
  );
}
