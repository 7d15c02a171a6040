import { isDead, ownPlace } from '@errand/core/process';
import { isRefusal } from '../api/cluster-refusal.ts';
import type { KubeApi } from '../api/kube-api.ts';
import type { Lease } from '../api/kube-objects.ts';
import { leasesPath, MANAGED, MANAGED_LABEL } from './owner.ts';

/** For how long one holds that nobody renews: a client may be without its cluster for a while. */
const LEASE_SECONDS = 180;
const RENEW_MS = 30_000;
/** For the cluster to answer what nobody waits for. */
const ANSWER_MS = 10_000;

/** Says that the executor whose pods carry its name still lives. */
export class OwnerLease {
  readonly name: string;
  readonly #api: KubeApi;
  readonly #namespace: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(api: KubeApi, namespace: string, name: string) {
    this.#api = api;
    this.#namespace = namespace;
    this.name = name;
  }

  /** Holds it from now on. */
  async hold(signal: AbortSignal): Promise<void> {
    if (this.#timer) return;
    await this.#make(signal);
    this.#timer ??= setInterval(() => void this.#renew(), RENEW_MS).unref();
  }

  async release(signal: AbortSignal): Promise<void> {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#api.remove(leasesPath(this.#namespace, this.name), signal);
  }

  async #make(signal: AbortSignal): Promise<void> {
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: this.name, labels: { [MANAGED_LABEL]: MANAGED } },
      spec: { holderIdentity: ownPlace(), leaseDurationSeconds: LEASE_SECONDS, renewTime: this.#now() },
    };
    try {
      await this.#api.ask({ method: 'POST', path: leasesPath(this.#namespace), body, signal, isHarmless: true });
    } catch (fault) {
      // Its name is our own: an answer was lost, or it was held before.
      if (!isRefusal(fault, 409)) throw fault;
    }
  }

  /** What fails is tried again in time. */
  async #renew(): Promise<void> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const path = leasesPath(this.#namespace, this.name);
    await this.#api
      .patch(path, { spec: { renewTime: this.#now() } }, signal)
      .catch((fault: unknown) => (isRefusal(fault, 404) && this.#timer ? this.#make(signal) : undefined))
      .catch(() => {});
  }

  /** The cluster's own time: clocks of clients differ. */
  #now(): string {
    return new Date(this.#api.now).toISOString().replace('Z', '000Z');
  }
}

/** Whether whoever held it is dead, or has been silent for too long. */
export function isOver({ spec }: Lease, now: number): boolean {
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = LEASE_SECONDS } = spec ?? {};
  return isDead(holderIdentity) || !(Date.parse(renewTime) + leaseDurationSeconds * 1_000 > now);
}
