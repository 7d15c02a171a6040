import { setTimeout as delay } from 'node:timers/promises';
import { type DockerExecutorOptions, dockerExecutor } from '@errand/backend-docker';
import type { Executor } from '@errand/core';
import { callIsolated } from '../harness/isolated.ts';
import { type Block, type LatencyBars, measureLatency, type Runner } from '../harness/latency.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { measureThroughput, type Transfer } from '../harness/throughput.ts';
import { expectOk } from '../jobs/expect-ok.ts';
import { job } from '../jobs/job.ts';
import type { MoveOutOfDocker } from '../jobs/move-out-of-docker.ts';
import { DockerCli } from '../subjects/docker-cli.ts';
import { type DockerTarget, hostOf, withDockerTarget } from '../subjects/docker-target.ts';
import { startPythonDocker } from '../subjects/python-docker.ts';
import { RawDockerode } from '../subjects/raw-dockerode.ts';

const TRUE = ['/bin/true'];
/** Carried by containers that an executor made. */
const LABEL = 'sh.errand.owner';
/** A container takes some hundred times what a command in one does. */
const CONTAINERS_A_BLOCK = 10;

const containers: Case = {
  name: 'true, each in a container of its own',
  n: 100,
  measure: (n) =>
    withDockerTarget(async (target) => {
      const raw = new RawDockerode(target);
      const cli = new DockerCli(target);
      const pythons = await startPythonDocker(target, 'container', 1);
      const options: DockerExecutorOptions = { host: hostOf(target), image: target.image, pull: 'missing' };
      const [cold, warm] = [dockerExecutor(options), dockerExecutor({ ...options, warm: 1 })];
      const onlySpare = (): Promise<void> => untilOneIsReady(raw);
      await runTrue(warm);
      const others: Runner[] = [
        { name: 'errand', run: () => runTrue(cold), block: (count) => inARow(count, () => runTrue(cold), onlySpare) },
        { name: 'errand, warm', run: () => runTrue(warm), block: (count) => whenReady(count, () => runTrue(warm), onlySpare) },
        { name: 'docker CLI', run: () => cli.runContainer(TRUE) },
        ...pythons,
      ];
      const base: Runner = { name: 'raw dockerode', run: () => raw.runContainer(TRUE) };
      const bars: LatencyBars = { p50RatioAtMost: { errand: 1.1 }, p50OverAtMost: { 'errand, warm': { 'docker CLI': 0.5 } } };
      try {
        return await measureLatency({ base, others, n, width: 1, blockSize: CONTAINERS_A_BLOCK, bars });
      } finally {
        await Promise.all([cold.close(), warm.close(), ...pythons.map((python) => python.close())]);
        raw.close();
      }
    }),
};

interface ExecCase {
  readonly name: string;
  readonly width: number;
  readonly n: number;
  readonly options?: Pick<DockerExecutorOptions, 'shells'>;
  readonly bars: LatencyBars;
  /** Those that start a process of the daemon for each command are no faster at another time. */
  readonly hasPeers?: boolean;
}

/** Commands in one container that runs. */
function execCase({ name, width, n: usual, options = {}, bars, hasPeers = true }: ExecCase): Case {
  const measure = async (target: DockerTarget, n: number) => {
    const raw = new RawDockerode(target);
    const cli = new DockerCli(target);
    const pythons = hasPeers ? await startPythonDocker(target, 'exec', width) : [];
    const executor = dockerExecutor({ mode: 'exec', host: hostOf(target), container: target.container, ...options });
    const others: Runner[] = [
      { name: 'errand', run: () => runTrue(executor) },
      ...(hasPeers ? [{ name: 'docker CLI', run: async () => void (await cli.exec(TRUE)) }] : []),
      ...pythons,
    ];
    const base: Runner = { name: 'raw dockerode', run: () => raw.exec(TRUE) };
    try {
      return await measureLatency({ base, others, n, width, bars });
    } finally {
      await Promise.all([executor.close(), ...pythons.map((python) => python.close())]);
      raw.close();
    }
  };
  return { name, n: usual, measure: (n) => withDockerTarget((target) => measure(target, n)) };
}

const stdout: Case = {
  name: '1 GiB of stdout streamed',
  n: 5,
  measure: (n) =>
    withDockerTarget((target) => {
      const mover = (subject: MoveOutOfDocker['subject']) => ({
        name: subject,
        move: () => {
          const move: MoveOutOfDocker = { subject, bytes: 2 ** 30, warmBytes: 2 ** 27, target };
          return callIsolated<MoveOutOfDocker, Transfer>(job('move-out-of-docker'), 'moveOutOfDocker', move);
        },
      });
      const others = (['errand', 'raw stream', 'docker CLI'] as const).map(mover);
      return measureThroughput({ base: mover('demuxStream'), others, n, ratioAtLeast: 2, rssMibAtMost: 64, barred: ['errand'] });
    }),
};

/** Commands in containers, against dockerode without a library, the docker CLI, and Docker's SDK for Python. */
export const docker: Suite = {
  name: 'docker',
  cases: [
    containers,
    execCase({ name: 'true in one container, one at a time', width: 1, n: 200, bars: { rateRatioAtLeast: { errand: 1 } } }),
    execCase({ name: 'true in one container, eight at once', width: 8, n: 400, bars: { rateRatioAtLeast: { errand: 1 } } }),
    execCase({
      name: 'true in warm shells, eight at once',
      width: 8,
      n: 400,
      options: { shells: { max: 8 } },
      bars: { rateRatioAtLeast: { errand: 30 } },
      hasPeers: false,
    }),
    stdout,
  ],
};

async function runTrue(executor: Executor): Promise<void> {
  expectOk(await executor.exec(TRUE));
}

/** Until there is a container of an executor in which a launcher waits for its command, and those that are over are gone. */
async function untilOneIsReady(raw: RawDockerode): Promise<void> {
  for (;;) {
    const running = await raw.running(LABEL);
    if (running.length === 1 && running[0] === 1) break;
    await delay(50);
  }
  // It reads already, as far as anybody sees from here.
  await delay(50);
}

/** One after the other; what is put off until all have run is in the time of all, and in nobody's own. */
async function inARow(count: number, run: () => Promise<void>, rest: () => Promise<void>): Promise<Block> {
  const start = performance.now();
  const latencies: number[] = [];
  for (let i = 0; i < count; i += 1) latencies.push(await timed(run));
  await rest();
  return { latencies, seconds: (performance.now() - start) / 1000 };
}

/** Each when all is there that was to be made ahead. */
async function whenReady(count: number, run: () => Promise<void>, ready: () => Promise<void>): Promise<Block> {
  const latencies: number[] = [];
  for (let i = 0; i < count; i += 1) {
    await ready();
    latencies.push(await timed(run));
  }
  await ready();
  return { latencies, seconds: latencies.reduce((sum, latency) => sum + latency, 0) / 1000 };
}

async function timed(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
