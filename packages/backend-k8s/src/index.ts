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
