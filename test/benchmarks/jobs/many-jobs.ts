import { k8sExecutor } from '@errand/backend-k8s';
import { peakGrowthMib } from '../harness/memory.ts';
import type { K8sTarget } from '../subjects/k8s-target.ts';
import { expectOk } from './expect-ok.ts';

export interface ManyJobs {
  readonly jobs: number;
  readonly target: K8sTarget;
}

export interface ManyJobsCost {
  readonly seconds: number;
  /** Milliseconds of each. */
  readonly latencies: readonly number[];
  readonly rssMib: number;
}

/** So many Jobs at once; called in a process of its own. */
export async function runManyJobs({ jobs, target }: ManyJobs): Promise<ManyJobsCost> {
  const { kubeconfig, image } = target;
  const executor = k8sExecutor({
    kubeconfig,
    image,
    keepMs: 1_000,
    requests: { cpus: 0.005, memoryBytes: 2 ** 24 },
    limits: { cpus: 0.5 },
  });
  expectOk(await executor.exec(['/bin/true']));
  const latencies: number[] = [];
  let seconds = 0;
  const rssMib = await peakGrowthMib(async () => {
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: jobs }, async () => {
        expectOk(await executor.exec(['/bin/true']));
        latencies.push(performance.now() - begin);
      }),
    );
    seconds = (performance.now() - begin) / 1000;
  });
  await executor.close();
  return { seconds, latencies, rssMib };
}
