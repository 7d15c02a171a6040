import type { EndCause, ProcessExit } from '@errand/core';
import type { ContainerState, Pod } from '../api/kube-objects.ts';
import { printable } from '../k8s-errors.ts';
import { causeOf, containerStatus } from '../pod/pod-end.ts';
import { CONTAINER } from '../pod/pod-template.ts';

function containerState(pod: Pod): ContainerState | undefined {
  return containerStatus(pod, CONTAINER)?.state;
}

/** Whether its container runs, or ran: not whether anything of the command did. */
export function hasRun(pod: Pod): boolean {
  const { running, terminated } = containerState(pod) ?? {};
  // A node that has lost sight of it does not say when it began; it has no image where there was none.
  if (terminated?.reason === 'ContainerStatusUnknown') return (containerStatus(pod, CONTAINER)?.imageID ?? '') !== '';
  if (terminated) return !couldNotStart(terminated) && (terminated.startedAt ?? null) !== null;
  return running !== undefined;
}

export function hasEnded(pod: Pod): boolean {
  const { phase } = pod.status ?? {};
  return containerState(pod)?.terminated !== undefined || phase === 'Failed' || phase === 'Succeeded';
}

const WORDS: Partial<Record<EndCause, string>> = {
  evicted: 'its pod was evicted',
  preempted: 'its pod made room for another',
  'node-lost': 'its node was lost',
};

/** Who took a pod away, as far as its last state tells; undefined where nobody did. */
export function takenAway(pod: Pod): { readonly cause: EndCause; readonly reason: string } | undefined {
  const cause = causeOf(pod) ?? (pod.metadata.deletionTimestamp === undefined ? undefined : 'removed');
  if (!cause) return undefined;
  const said = cause === 'removed' ? '' : printable(pod.status?.message ?? '');
  const what = WORDS[cause] ?? 'its pod was removed';
  return { cause, reason: said === '' ? what : `${what}: ${said}` };
}

/** What is known of a command whose log does not tell its end. */
export function exitByState(pod: Pod | undefined): ProcessExit {
  const terminated = pod && containerState(pod)?.terminated;
  if (terminated?.reason === 'OOMKilled') return { outOfMemory: true };
  const away = pod && takenAway(pod);
  if (away) return away;
  if (!pod || !terminated) return { cause: 'removed', reason: 'its Job was removed before its end could be read' };
  return {
    reason: `its container ended with code ${terminated.exitCode} (${printable(terminated.reason ?? '')}), and its log does not tell how the command did`,
  };
}

function couldNotStart({ reason }: { readonly reason?: string }): boolean {
  return reason === 'StartError' || reason === 'ContainerCannotRun';
}
