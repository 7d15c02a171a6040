import { type K8sExecutorOptions, k8sExecutor } from '@errand/backend-k8s';
import { peakGrowthMib } from '../harness/memory.ts';
import type { Transfer } from '../harness/throughput.ts';
import type { K8sTarget } from '../subjects/k8s-target.ts';
import { Kubectl } from '../subjects/kubectl.ts';
import { RawClientNode } from '../subjects/raw-client-node.ts';
import { runRaw } from '../subjects/raw-spawn.ts';
import { expectOk } from './expect-ok.ts';

/** Through whom to move bytes out of a pod. */
export interface MoveOutOfK8s {
  readonly subject: 'kubectl' | 'raw client-node' | 'errand' | 'errand, Job log' | 'errand, largeOutput';
  readonly bytes: number;
  /** Moved before the clock starts. */
  readonly warmBytes: number;
  readonly target: K8sTarget;
}

/** Moves so many bytes; what it gives back is how many arrived. */
interface Mover {
  readonly move: (bytes: number) => Promise<number>;
  readonly close?: () => Promise<void>;
}

/** Moves bytes through one subject; called in a process of its own. */
export async function moveOutOfK8s({ subject, bytes, warmBytes, target }: MoveOutOfK8s): Promise<Transfer> {
  const { move, close } = movers[subject](target);
  // Node lets buffers pile up before it collects them. That is there before the measurement begins.
  await runRaw('head', ['-c', String(2 ** 28), '/dev/zero']);
  await move(2 ** 20);
  let seconds = 0;
  const rssMib = await peakGrowthMib(async () => {
    await move(warmBytes);
    const start = performance.now();
    const moved = await move(bytes);
    seconds = (performance.now() - start) / 1000;
    if (moved !== bytes) throw new Error(`${subject}: ${moved} bytes of ${bytes}`);
  });
  await close?.();
  return { mibPerSecond: bytes / 2 ** 20 / seconds, ...(subject !== 'kubectl' && { rssMib }) };
}

const movers: Readonly<Record<MoveOutOfK8s['subject'], (target: K8sTarget) => Mover>> = {
  kubectl: (target) => ({ move: (bytes) => new Kubectl(target).exec(zeros(bytes)) }),
  'raw client-node': (target) => ({ move: (bytes) => new RawClientNode(target).exec(zeros(bytes)) }),
  errand: ({ kubeconfig, pod }) => throughErrand({ mode: 'pod', kubeconfig, pod }),
  'errand, Job log': (target) => throughErrand(jobOptions(target)),
  'errand, largeOutput': (target) => throughErrand({ ...jobOptions(target), largeOutput: true }),
};

function throughErrand(options: K8sExecutorOptions): Mover {
  const executor = k8sExecutor(options);
  return {
    move: async (bytes) => {
      const execution = executor.spawn(zeros(bytes));
      let arrived = 0;
      for await (const chunk of execution.stdout) arrived += chunk.length;
      expectOk(await execution.result);
      return arrived;
    },
    close: () => executor.close(),
  };
}

function jobOptions({ kubeconfig, image }: K8sTarget): K8sExecutorOptions {
  return { kubeconfig, image, keepMs: 1_000 };
}

function zeros(bytes: number): string[] {
  return ['head', '-c', String(bytes), '/dev/zero'];
}
