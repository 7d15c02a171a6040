import type { EndCause, ProcessExit } from '@errand/core';
import type { ContainerStatus, Pod } from '../api/kube-objects.ts';
import { printable } from '../k8s-errors.ts';

/** By the reason of a pod, or of its condition `DisruptionTarget`. */
const CAUSES: Readonly<Record<string, EndCause>> = {
  Evicted: 'evicted',
  EvictionByEvictionAPI: 'evicted',
  TerminationByKubelet: 'evicted',
  NodeShutdown: 'evicted',
  Terminated: 'evicted',
  Preempting: 'preempted',
  PreemptionByScheduler: 'preempted',
  PreemptionByKubeScheduler: 'preempted',
  NodeLost: 'node-lost',
  DeletionByTaintManager: 'node-lost',
  DeletionByPodGC: 'node-lost',
};

/** Its container was ended for want of memory. */
const OUT_OF_MEMORY = 'OOMKilled';

/**
 * How all that ran in a pod's container ended with it; undefined while it runs on.
 *
 * @param pod As it is now; undefined where it is gone.
 * @param last As it was seen last.
 */
export function podEnd(pod: Pod | undefined, container: string, last: Pod | undefined = pod): ProcessExit | undefined {
  const known = pod ?? last;
  const terminated = containerStatus(known, container)?.state?.terminated;
  const { phase, message } = known?.status ?? {};
  const isGone = pod === undefined || pod.metadata.deletionTimestamp !== undefined;
  const cause = causeOf(known);
  const isOver = isGone || terminated !== undefined || phase === 'Failed' || phase === 'Succeeded';
  if (!isOver) return undefined;
  if (terminated?.reason === OUT_OF_MEMORY && cause === undefined) return { exitCode: 137, outOfMemory: true };
  const words = message ? { reason: `the pod was ended by its cluster: ${printable(message)}` } : {};
  return { cause: cause ?? 'removed', ...words };
}

/** What the cluster did to it, where it says so. */
export function causeOf(pod: Pod | undefined): EndCause | undefined {
  const disruption = pod?.status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  const reasons = [pod?.status?.reason, disruption?.reason];
  return reasons.map((reason) => (reason !== undefined && Object.hasOwn(CAUSES, reason) ? CAUSES[reason] : undefined)).find(Boolean);
}

export function containerStatus(pod: Pod | undefined, container: string): ContainerStatus | undefined {
  return pod?.status?.containerStatuses?.find(({ name }) => name === container);
}
