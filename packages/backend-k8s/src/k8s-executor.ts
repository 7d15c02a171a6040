import { createExecutor, type Executor } from '@errand/core';
import { Cluster } from './cluster.ts';
import { JobDriver } from './job-driver.ts';
import { checkK8s, type K8sExecutorOptions, k8sOptionChecks } from './k8s-options.ts';
import { podSupports } from './k8s-supports.ts';
import { MadePod } from './pod/made-pod.ts';
import { NamedPod } from './pod/named-pod.ts';
import type { PodSource } from './pod/pod-source.ts';
import { PodDriver } from './pod-driver.ts';

/** Scheduling may wait for a node, and a node for an image. */
const START_MS = 300_000;

/**
 * Runs commands in pods of a Kubernetes cluster. Nothing is asked of the cluster before the first command, and nothing is installed in the
 * container: it needs a POSIX `/bin/sh`, `cat`, `sed`, `grep`, `tr` and `sleep`, as Debian, Alpine and busybox have them.
 *
 * @example
 * await using executor = k8sExecutor({ mode: 'pod', image: 'node:24', namespace: 'agents' });
 * const { stdout } = await executor.exec(['node', '--version'], { check: true });
 *
 * @throws ExecError `EXEC_INVALID_OPTION`, `EXEC_NOT_SUPPORTED`. Commands reject with `EXEC_CONNECT` where no cluster answers, `EXEC_AUTH` and
 * `EXEC_PERMISSION` where it does not know or allow who asks, `EXEC_NOT_FOUND` where image, pod or namespace are not there, `EXEC_QUOTA` where the
 * namespace has no room, and `EXEC_START_TIMEOUT`, with the cluster's own words, after `startTimeoutMs` (five minutes here).
 */
export function k8sExecutor(options: K8sExecutorOptions): Executor {
  return createExecutor(
    {
      kind: 'k8s',
      optionChecks: k8sOptionChecks,
      makeDriver: (own, context) => {
        checkK8s(own);
        const cluster = new Cluster(own);
        if (own.mode !== 'pod') return new JobDriver(cluster, own, context);
        return new PodDriver(cluster, sourceOf(cluster, own, context.executorMarker), podSupports(own));
      },
    },
    withStartTimeout(options),
  );
}

/** What is no object is refused as it stands. */
function withStartTimeout(options: K8sExecutorOptions): K8sExecutorOptions {
  const { defaults = {} } = Object(options) as Partial<K8sExecutorOptions>;
  const areObjects = [options, defaults].every((value) => typeof value === 'object' && value !== null && !Array.isArray(value));
  return areObjects ? { ...options, defaults: { startTimeoutMs: START_MS, ...defaults } } : options;
}

function sourceOf(cluster: Cluster, options: K8sExecutorOptions, executorMarker: string): PodSource {
  const { pod, container } = options;
  if (pod !== undefined) return new NamedPod(cluster, pod, container);
  return new MadePod(cluster, options, executorMarker);
}
