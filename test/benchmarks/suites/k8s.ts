import { k8sExecutor } from '@errand/backend-k8s';
import type { Executor, ExecutorOptions } from '@errand/core';
import type { Bar } from '../harness/bar.ts';
import { callIsolated } from '../harness/isolated.ts';
import { type LatencyBars, measureLatency, type Runner } from '../harness/latency.ts';
import { rotated } from '../harness/rotated.ts';
import { median, percentile } from '../harness/statistics.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { measureThroughput, type Transfer } from '../harness/throughput.ts';
import { countingWatches } from '../jobs/count-watches.ts';
import { expectOk } from '../jobs/expect-ok.ts';
import { job } from '../jobs/job.ts';
import type { ManyJobs, ManyJobsCost } from '../jobs/many-jobs.ts';
import type { MoveOutOfK8s } from '../jobs/move-out-of-k8s.ts';
import { type K8sTarget, withK8sTarget } from '../subjects/k8s-target.ts';
import { Kubectl } from '../subjects/kubectl.ts';
import { RawClientNode } from '../subjects/raw-client-node.ts';

const TRUE = ['/bin/true'];
/** A Job takes a cluster a second and more. */
const JOBS_A_BLOCK = 3;
const AT_ONCE = 100;
const MOVED_BYTES = 2 ** 28;
/** What a node rotates away is gone for whoever comes late: every ten seconds it looks whether a log has more than 10 MiB. */
const LOGGED_BYTES = 2 ** 24;
const MIB = 2 ** 20;

const jobs: Case = {
  name: 'true, each in a Job of its own',
  n: 21,
  measure: (n) =>
    withK8sTarget('job', async (target) => {
      const [kubectl, raw] = [new Kubectl(target), new RawClientNode(target)];
      const { kubeconfig, image } = target;
      await using executor = k8sExecutor({ kubeconfig, image, keepMs: 1_000, requests: { cpus: 0.01, memoryBytes: 16 * MIB } });
      const others: Runner[] = [
        { name: 'errand', run: () => runTrue(executor) },
        { name: 'raw client-node', run: () => raw.runJob(TRUE) },
      ];
      const base: Runner = { name: 'kubectl', run: () => kubectl.runJob(TRUE) };
      return await measureLatency({ base, others, n, width: 1, blockSize: JOBS_A_BLOCK, bars: { p50RatioAtMost: { errand: 1.1 } } });
    }),
};

const manyJobs: Case = {
  name: `${AT_ONCE} Jobs at once`,
  n: 1,
  measure: (n) =>
    withK8sTarget('job', async (target) => {
      const run = () => callIsolated<ManyJobs, ManyJobsCost>(job('many-jobs'), 'runManyJobs', { jobs: AT_ONCE, target });
      const counted: [ManyJobsCost, number][] = [];
      while (counted.length < n) counted.push(await countingWatches(target, run));
      const rounds = counted.map(([round]) => round);
      const latencies = rounds.flatMap((round) => round.latencies);
      const rssMib = Math.max(...rounds.map((round) => round.rssMib));
      const figures = {
        subject: 'errand',
        n: latencies.length,
        p50Ms: percentile(latencies, 0.5),
        p99Ms: percentile(latencies, 0.99),
        perSecond: median(rounds.map(({ seconds }) => AT_ONCE / seconds)),
        rssMib,
      };
      const watches = Math.max(...counted.map(([, most]) => most));
      const bars: Bar[] = [
        { what: 'errand: growth of peak memory, MiB', value: rssMib, sense: 'at-most', limit: 64, noise: 0 },
        { what: 'errand: watches', value: watches, sense: 'at-most', limit: 1, noise: 0 },
      ];
      return { figures: [figures], bars };
    }),
};

interface ExecCase {
  readonly name: string;
  readonly width: number;
  readonly n: number;
  readonly options?: Pick<ExecutorOptions, 'shells'>;
  readonly bars: LatencyBars;
  readonly hasPeers?: boolean;
}

/** Commands in one pod that runs. */
function execCase({ name, width, n: usual, options = {}, bars, hasPeers = true }: ExecCase): Case {
  const measure = async (target: K8sTarget, n: number) => {
    const [kubectl, raw] = [new Kubectl(target), new RawClientNode(target)];
    const { kubeconfig, pod } = target;
    await using executor = k8sExecutor({ mode: 'pod', kubeconfig, pod, ...options });
    const others: Runner[] = [
      { name: 'errand', run: () => runTrue(executor) },
      ...(hasPeers ? [{ name: 'kubectl', run: async () => void (await kubectl.exec(TRUE)) }] : []),
    ];
    const base: Runner = { name: 'raw client-node', run: async () => void (await raw.exec(TRUE)) };
    return await measureLatency({ base, others, n, width, bars });
  };
  return { name, n: usual, measure: (n) => withK8sTarget('pod', (target) => measure(target, n)) };
}

const stdout: Case = {
  name: '256 MiB of stdout of an exec, streamed',
  n: 5,
  measure: (n) =>
    withK8sTarget('pod', (target) => {
      const mover = (subject: MoveOutOfK8s['subject']) => ({ name: subject, move: () => moved(subject, target) });
      const others = (['errand', 'raw client-node'] as const).map(mover);
      return measureThroughput({ base: mover('kubectl'), others, n, ratioAtLeast: 0.8, rssMibAtMost: 64, barred: ['errand'] });
    }),
};

const jobOutput: Case = {
  name: '256 MiB (16 by its log) of stdout of a Job, streamed',
  n: 3,
  measure: (n) =>
    withK8sTarget('job', async (target) => {
      const subjects = ['errand, Job log', 'errand, largeOutput'] as const;
      const all = new Map<string, Transfer[]>(subjects.map((subject) => [subject, []]));
      for (let round = 0; round < n; round += 1)
        for (const subject of rotated(subjects, round))
          all.get(subject)?.push(await moved(subject, target, subject === 'errand, Job log' ? LOGGED_BYTES : MOVED_BYTES));
      const figures = [...all].map(([subject, transfers]) => ({
        subject,
        n,
        mibPerSecond: median(transfers.map(({ mibPerSecond }) => mibPerSecond)),
        rssMib: Math.max(...transfers.map(({ rssMib = Number.NaN }) => rssMib)),
      }));
      const bars = figures.flatMap(({ subject, mibPerSecond, rssMib }): Bar[] => [
        { what: `${subject}: MB/s`, value: (mibPerSecond * MIB) / 1e6, sense: 'at-least', limit: 10, noise: 0 },
        { what: `${subject}: growth of peak memory, MiB`, value: rssMib, sense: 'at-most', limit: 64, noise: 0 },
      ]);
      return { figures, bars };
    }),
};

/** Commands in pods of a cluster, against kubectl and the vendor's client without a library. */
export const k8s: Suite = {
  name: 'k8s',
  cases: [
    jobs,
    manyJobs,
    execCase({ name: 'true in one pod, one at a time', width: 1, n: 200, bars: { rateRatioAtLeast: { errand: 1 } } }),
    execCase({ name: 'true in one pod, eight at once', width: 8, n: 400, bars: { rateRatioAtLeast: { errand: 1 } } }),
    execCase({
      name: 'true in warm shells of a pod, eight at once',
      width: 8,
      n: 400,
      options: { shells: { max: 8 } },
      bars: { rateRatioAtLeast: { errand: 25 } },
      hasPeers: false,
    }),
    stdout,
    jobOutput,
  ],
};

function moved(subject: MoveOutOfK8s['subject'], target: K8sTarget, bytes: number = MOVED_BYTES): Promise<Transfer> {
  const move: MoveOutOfK8s = { subject, bytes, warmBytes: bytes / 4, target };
  return callIsolated<MoveOutOfK8s, Transfer>(job('move-out-of-k8s'), 'moveOutOfK8s', move);
}

async function runTrue(executor: Executor): Promise<void> {
  expectOk(await executor.exec(TRUE));
}
