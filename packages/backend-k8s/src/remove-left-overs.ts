import { checkEach } from '@errand/core/checks';
import { Cluster } from './cluster.ts';
import { clusterFault } from './k8s-errors.ts';
import { type ClusterOptions, k8sOptionChecks } from './k8s-options.ts';
import { type LeftOverPod, removeLeftOverPods } from './pod/left-overs.ts';

/** For a cluster to answer. */
const ANSWER_MS = 30_000;

/** A pod that was left behind. */
export type K8sLeftOver = LeftOverPod;

/** Where the cluster is, as `k8sExecutor` takes it. */
export type K8sClusterOptions = ClusterOptions;

/**
 * Removes what executors left in a namespace, and says what: pods of processes of this machine that are dead, and of others that have been silent for three
 * minutes. What belongs to a process that lives, what the caller named, and Jobs, which end by themselves, stay. An executor does the same before it makes its first pod.
 *
 * @example
 * for (const { name } of await removeK8sLeftOvers({ namespace: 'agents' })) console.log(name);
 *
 * @throws ExecError `EXEC_INVALID_OPTION`, `EXEC_CONNECT`, `EXEC_AUTH`, `EXEC_PERMISSION`
 */
export async function removeK8sLeftOvers(options: K8sClusterOptions = {}): Promise<readonly K8sLeftOver[]> {
  checkEach('', options, k8sOptionChecks);
  const cluster = new Cluster(options);
  try {
    return await removeLeftOverPods(cluster.api, await cluster.namespace(), AbortSignal.timeout(ANSWER_MS));
  } catch (fault) {
    throw clusterFault(fault);
  } finally {
    cluster.close();
  }
}
