import { k8sExecutor } from '@errand/backend-k8s';
import type { Executor, ExecutorOptions } from '@errand/core';

/** In a process of its own: an executor of the pod that the variables name. */
export function executorOfVariables(options: ExecutorOptions): Executor {
  const { TEST_K8S_KUBECONFIG: kubeconfig = '', TEST_K8S_POD: pod = '' } = process.env;
  return k8sExecutor({ ...options, mode: 'pod', kubeconfig, pod });
}
