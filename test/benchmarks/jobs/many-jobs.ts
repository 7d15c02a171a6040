import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { k8sExecutor } from '@errand/backend-k8s';
import { KubeConfig } from '@kubernetes/client-node';
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
  /** The most watches of pods that the namespace had at a time. */
  readonly watches: number;
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
  let watches = 0;
  const over = new AbortController();
  const counting = (async () => {
    while (!over.signal.aborted) {
      watches = Math.max(watches, await countWatches(target));
      await delay(500, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
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
  over.abort();
  await counting;
  await executor.close();
  return { seconds, latencies, rssMib, watches };
}

/** Others of the cluster watch the pods of all namespaces. */
async function countWatches({ adminKubeconfig }: K8sTarget): Promise<number> {
  const config = new KubeConfig();
  config.loadFromFile(adminKubeconfig);
  const [ca, cert, key] = [config.getCurrentCluster()?.caData, config.getCurrentUser()?.certData, config.getCurrentUser()?.keyData].map(
    (data) => Buffer.from(data ?? '', 'base64'),
  );
  const agent = new Agent({ ca, cert, key });
  const said = await new Promise<string>((resolve, reject) => {
    get(`${config.getCurrentCluster()?.server}/metrics`, { agent }, (response) => text(response).then(resolve, reject)).on('error', reject);
  });
  agent.destroy();
  const line =
    /^apiserver_longrunning_requests\{(?=[^}]*resource="pods")(?=[^}]*scope="namespace")(?=[^}]*verb="WATCH")[^}]*\} (\d+)/m.exec(said);
  return Number(line?.[1] ?? 0);
}
