export { k8sExecutor } from './k8s-executor.ts';
export type {
  ClusterOptions,
  K8sExecutorOptions,
  PodLimits,
  PodOptions,
  PodRequests,
  ScratchDirectory,
  Toleration,
} from './k8s-options.ts';
export { type K8sClusterOptions, type K8sLeftOver, removeK8sLeftOvers } from './remove-left-overs.ts';
