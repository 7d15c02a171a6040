import type { DriverSupports } from '@errand/core';
import { execSupports } from '@errand/core/container';
import type { K8sExecutorOptions } from './k8s-options.ts';

type SupportsOptions = Partial<Pick<K8sExecutorOptions, 'pod' | 'user' | 'limits'>>;

/** What commands in one pod have. */
export function podSupports({ pod, user, limits }: SupportsOptions): DriverSupports {
  return execSupports({
    isMade: pod === undefined,
    noDetached: 'the pod ends with this executor; name one that lasts (pod)',
    // The API starts everything as the container's own user.
    user: false,
    account: user,
    isBounded: limits?.memoryBytes !== false,
  });
}
