import type { KubeApi } from '../api/kube-api.ts';
import type { KubeList, Lease, Pod } from '../api/kube-objects.ts';
import { leasesPath, MANAGED, MANAGED_LABEL, OWNER_LABEL, podsPath } from './owner.ts';
import { isOver } from './owner-lease.ts';

/** A pod that was left behind. */
export interface LeftOverPod {
  readonly namespace: string;
  readonly name: string;
  /** As it was found: Pending, Running, Succeeded, Failed. */
  readonly phase: string;
}

/** Removes the pods of executors that are gone, and says which. What one removed before is no fault. */
export async function removeLeftOverPods(api: KubeApi, namespace: string, signal: AbortSignal): Promise<readonly LeftOverPod[]> {
  const labelSelector = `${MANAGED_LABEL}=${MANAGED}`;
  // In this order: of a pod that is seen the Lease was there before.
  const pods = await api.get<KubeList<Pod>>(podsPath(namespace), signal, { labelSelector: `${labelSelector},${OWNER_LABEL}` });
  const leases = await api.get<KubeList<Lease>>(leasesPath(namespace), signal, { labelSelector });
  const held = new Set(leases.items.filter((lease) => !isOver(lease, api.now)).map(({ metadata }) => metadata.name));
  const left = pods.items.filter(({ metadata }) => !held.has(metadata.labels?.[OWNER_LABEL]) && metadata.deletionTimestamp === undefined);
  await Promise.all(
    left.map(({ metadata: { name = '', uid } }) => api.remove(podsPath(namespace, name), signal, { preconditions: { uid } })),
  );
  const over = leases.items.filter(({ metadata }) => !held.has(metadata.name));
  await Promise.all(
    over.map(({ metadata: { name = '', uid } }) => api.remove(leasesPath(namespace, name), signal, { preconditions: { uid } })),
  );
  return left.map(({ metadata: { name = '' }, status }) => ({ namespace, name, phase: status?.phase ?? 'Unknown' }));
}
