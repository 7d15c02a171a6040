import { dockerExecutor } from '@errand/backend-docker';
import type { Executor, ExecutorOptions } from '@errand/core';

/** In a process of its own: an executor of the container that the variables name. */
export function executorOfVariables(options: ExecutorOptions): Executor {
  const { TEST_DOCKER_HOST: host = '', TEST_DOCKER_CONTAINER: container = '', TEST_DOCKER_USER: user } = process.env;
  return dockerExecutor({ ...options, mode: 'exec', host, container, ...(user && { user }) });
}
