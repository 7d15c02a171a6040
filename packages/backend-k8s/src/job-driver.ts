import { type Driver, type DriverContext, type DriverProcess, type DriverSupports, NotStarted } from '@errand/core';
import { notSupported } from '@errand/core/checks';
import type { Cluster } from './cluster.ts';
import type { K8sExecutorOptions } from './k8s-options.ts';
import { podSupports } from './k8s-supports.ts';

/** A Job of its own for each command. */
export class JobDriver implements Driver {
  readonly supports: DriverSupports;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster, options: K8sExecutorOptions, _context: DriverContext) {
    this.#cluster = cluster;
    this.supports = { ...podSupports(options), launch: 'native', sessions: false, terminal: false };
  }

  async start(): Promise<DriverProcess> {
    throw new NotStarted(notSupported('mode', "there is no 'job' yet; use 'pod'"));
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.#cluster.close();
  }
}
