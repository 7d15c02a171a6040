import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import type { K8sTarget } from '../subjects/k8s-target.ts';

/** What something gives, and the most watches of pods that the namespace had at a time meanwhile. Called in another process than theirs: what the API says of itself are megabytes. */
export async function countingWatches<T>(target: K8sTarget, run: () => Promise<T>): Promise<[result: T, watches: number]> {
  let watches = 0;
  const over = new AbortController();
  const counting = (async () => {
    while (!over.signal.aborted) {
      watches = Math.max(watches, await countWatches(target));
      await delay(500, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  try {
    return [await run(), watches];
  } finally {
    over.abort();
    await counting;
  }
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
