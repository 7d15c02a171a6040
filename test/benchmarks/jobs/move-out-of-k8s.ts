import { type K8sExecutorOptions, k8sExecutor } from '@errand/backend-k8s';
import type { Transfer } from '../harness/throughput.ts';
import type { K8sTarget } from '../subjects/k8s-target.ts';
import { Kubectl } from '../subjects/kubectl.ts';
import { RawClientNode } from '../subjects/raw-client-node.ts';
import { type Moving, measureMove, outOf, zeros } from './measure-move.ts';

/** Through whom to move bytes out of a pod. */
export interface MoveOutOfK8s {
  readonly subject: 'kubectl' | 'raw client-node' | 'errand' | 'errand, Job log' | 'errand, largeOutput';
  readonly bytes: number;
  /** Moved before the clock starts. */
  readonly warmBytes: number;
  readonly target: K8sTarget;
}

/** Moves bytes through one subject; called in a process of its own. */
export async function moveOutOfK8s({ subject, bytes, warmBytes, target }: MoveOutOfK8s): Promise<Transfer> {
  const transfer = await measureMove(movers[subject](target), { name: subject, bytes, warmBytes });
  return subject === 'kubectl' ? { mibPerSecond: transfer.mibPerSecond } : transfer;
}

const movers: Readonly<Record<MoveOutOfK8s['subject'], (target: K8sTarget) => Moving>> = {
  kubectl: (target) => ({ move: (bytes) => new Kubectl(target).exec(zeros(bytes)), close: async () => {} }),
  'raw client-node': (target) => ({ move: (bytes) => new RawClientNode(target).exec(zeros(bytes)), close: async () => {} }),
  errand: ({ kubeconfig, pod }) => outOf(k8sExecutor({ mode: 'pod', kubeconfig, pod })),
  'errand, Job log': (target) => outOf(k8sExecutor(jobOptions(target))),
  'errand, largeOutput': (target) => outOf(k8sExecutor({ ...jobOptions(target), largeOutput: true })),
};

function jobOptions({ kubeconfig, image }: K8sTarget): K8sExecutorOptions {
  return { kubeconfig, image, keepMs: 1_000 };
}
