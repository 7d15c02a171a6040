import type { ExecError } from '@errand/core';
import type { Pod } from '../api/kube-objects.ts';
import { cannotStart, noImage, noShell, printable } from '../k8s-errors.ts';
import { causeOf } from './pod-end.ts';

/** What a registry says of an image that it has not, or not for us. Of other faults of a pull a node tries again, and may come through. */
const NO_IMAGE =
  /not found|notfound|manifest unknown|does not exist|pull access denied|unauthorized|authorization failed|denied: |no such image/i;

/** Why a pod that does not run yet never will; undefined where it may. */
export function startFault(pod: Pod, container: string, image: string): ExecError | undefined {
  const { phase, reason, message, initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  for (const { name, state } of [...initContainerStatuses, ...containerStatuses]) {
    const fault = waitingFault(state?.waiting, image) ?? (name === container ? startErrorOf(state?.terminated, image) : undefined);
    if (fault) return fault;
  }
  if (phase === 'Failed' || phase === 'Succeeded' || causeOf(pod)) return cannotStart(message ?? reason ?? `it is over: ${phase}`);
  return undefined;
}

/** What such a pod waits for, as a clause, in the cluster's words; undefined where it says nothing. */
export function waitsFor(pod: Pod): string | undefined {
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled) return `the pod is not scheduled: ${printable(unscheduled.message ?? unscheduled.reason ?? 'no node takes it')}`;
  for (const { state } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason, message } = state?.waiting ?? {};
    if (reason) return `the pod waits for its container: ${printable(message ? `${reason}: ${message}` : reason)}`;
  }
  return pod.spec?.nodeName === undefined ? 'the pod is not scheduled yet' : `the pod is on its way on node ${pod.spec.nodeName}`;
}

function waitingFault(waiting: { readonly reason?: string; readonly message?: string } | undefined, image: string): ExecError | undefined {
  const { reason = '', message = reason } = waiting ?? {};
  if (reason === 'ErrImageNeverPull' || reason === 'InvalidImageName') return noImage(image, message);
  if ((reason === 'ErrImagePull' || reason === 'ImagePullBackOff') && NO_IMAGE.test(message)) return noImage(image, message);
  if (reason === 'CreateContainerConfigError' || reason === 'CreateContainerError' || reason === 'RunContainerError')
    return shellFault(message, image) ?? cannotStart(`${reason}: ${message}`);
  return undefined;
}

function startErrorOf(
  terminated: { readonly reason?: string; readonly message?: string } | undefined,
  image: string,
): ExecError | undefined {
  const { reason, message = '' } = terminated ?? {};
  if (reason !== 'StartError' && reason !== 'ContainerCannotRun') return undefined;
  return shellFault(message, image) ?? cannotStart(message);
}

function shellFault(message: string, image: string): ExecError | undefined {
  return /\/bin\/sh.*no such file/s.test(message) ? noShell(`the image '${image}'`) : undefined;
}
