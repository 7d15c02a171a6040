export { daemonBehindSsh } from './connection/daemon-address.ts';
export type { PullPolicy } from './container/image-source.ts';
export { dockerExecutor } from './docker-executor.ts';
export type { ContainerLimits, ContainerMount, ContainerOptions, DockerExecutorOptions } from './docker-options.ts';
export { type DockerDaemonOptions, type DockerLeftOver, removeDockerLeftOvers } from './remove-left-overs.ts';
