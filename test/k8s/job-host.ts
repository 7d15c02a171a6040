import { setTimeout as delay } from 'node:timers/promises';
import { type K8sExecutorOptions, k8sExecutor } from '@errand/backend-k8s';
import type { Execution, Executor } from '@errand/core';
import type { K8sHost } from './k8s-host.ts';

/** What tests of Jobs look at, in the namespace of a host. */
export class JobHost {
  readonly #host: K8sHost;
  readonly #open: Executor[] = [];

  constructor(host: K8sHost) {
    this.#host = host;
  }

  /** One that `close` closes. */
  executor(options: Partial<K8sExecutorOptions> = {}): Executor {
    const made = k8sExecutor({ ...this.#host.options(), keepMs: 60_000, ...options });
    this.#open.push(made);
    return made;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((executor) => executor.close()));
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.#host.server.kubectl(['-n', this.#host.namespace, ...args]);
  }

  /** Names of an execution's objects of that kind. */
  async objects(kind: string, execution: Pick<Execution, 'id'>): Promise<string[]> {
    const names = await this.kubectl('get', kind, '-l', `errand.sh/execution=${jobOf(execution)}`, '-o', 'name');
    return names.split('\n').filter((name) => name !== '');
  }
}

/** The Job's name. */
export function jobOf({ id }: Pick<Execution, 'id'>): string {
  return `errand-${id.slice(id.lastIndexOf('-') + 1)}`;
}

/** Resolves at its first output. */
export async function hasBegun(execution: Execution): Promise<void> {
  for await (const { data } of execution) if (data.length > 0) return;
}

export async function poll(what: string, look: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`${what}: not within a minute.`);
    await delay(100);
  }
}
