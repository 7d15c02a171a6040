import type { ProcessExit } from '@errand/core';
import { orAbsent } from '../api/cluster-refusal.ts';
import type { Pod } from '../api/kube-objects.ts';
import type { Cluster } from '../cluster.ts';
import { noContainer, noPod, notRunning } from '../k8s-errors.ts';
import { podsPath } from './owner.ts';
import { containerStatus, podEnd } from './pod-end.ts';
import type { PodSource, RunningPod } from './pod-source.ts';

/** Says which container is meant where nobody else does. */
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** A pod of the caller's, which is neither started nor ended. */
export class NamedPod implements PodSource {
  readonly waitsFor = undefined;
  readonly #cluster: Cluster;
  readonly #name: string;
  readonly #container: string | undefined;
  #known: RunningPod | undefined;

  constructor(cluster: Cluster, name: string, container: string | undefined) {
    this.#cluster = cluster;
    this.#name = name;
    this.#container = container;
  }

  /** @throws ExecError `EXEC_NOT_FOUND`, `EXEC_UNAVAILABLE` */
  async ready(signal: AbortSignal): Promise<RunningPod> {
    this.#known ??= await this.#look(signal);
    return this.#known;
  }

  /** It may have been made anew under the same name, or its container started again. */
  lost(pod: RunningPod): boolean {
    if (this.#known?.id === pod.id) this.#known = undefined;
    return true;
  }

  async endOf(running: RunningPod, signal: AbortSignal): Promise<ProcessExit | undefined> {
    const pod = await orAbsent(this.#cluster.api.get<Pod>(podsPath(running.namespace, this.#name), signal));
    if (pod && idOf(pod, running.container) === running.id) return podEnd(pod, running.container);
    const last = containerStatus(pod, running.container)?.lastState;
    return last?.terminated?.reason === 'OOMKilled' ? { exitCode: 137, outOfMemory: true } : { cause: 'removed' };
  }

  /** How often it did before nobody has counted. */
  ranOutOfMemory(): boolean {
    return false;
  }

  async check(signal: AbortSignal): Promise<void> {
    this.#known = undefined;
    await this.ready(signal);
  }

  async close(): Promise<void> {}

  async #look(signal: AbortSignal): Promise<RunningPod> {
    const namespace = await this.#cluster.namespace();
    const name = this.#name;
    const pod = await orAbsent(this.#cluster.api.get<Pod>(podsPath(namespace, name), signal));
    if (!pod) throw noPod(name);
    const names = (pod.spec?.containers ?? []).map((container) => container.name);
    const container = this.#container ?? pod.metadata.annotations?.[DEFAULT_CONTAINER] ?? names[0] ?? '';
    if (!names.includes(container)) throw noContainer(container, name, names);
    const { running, waiting, terminated } = containerStatus(pod, container)?.state ?? {};
    if (pod.metadata.deletionTimestamp !== undefined) throw notRunning(name, 'it is being removed');
    if (!running) throw notRunning(name, waiting?.reason ?? terminated?.reason ?? pod.status?.phase ?? 'nothing is known of it');
    return { namespace, name, container, id: idOf(pod, container) };
  }
}

function idOf(pod: Pod, container: string): string {
  return `${pod.metadata.uid} ${containerStatus(pod, container)?.containerID}`;
}
