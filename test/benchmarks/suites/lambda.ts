import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lambdaExecutor } from '@errand/backend-lambda';
import type { Executor } from '@errand/core';
import { bundleHandler } from '../../../scripts/bundle-handler.ts';
import { LambdaEmulator } from '../../servers/lambda.ts';
import { callIsolated } from '../harness/isolated.ts';
import { measureLatency } from '../harness/latency.ts';
import { median } from '../harness/statistics.ts';
import type { Case, Measurement, Suite } from '../harness/suite.ts';
import { measureThroughput, type Transfer } from '../harness/throughput.ts';
import { expectOk } from '../jobs/expect-ok.ts';
import { job } from '../jobs/job.ts';
import type { LambdaMove } from '../jobs/move-from-lambda.ts';
import { BARE_FUNCTIONS, BareLambda } from '../subjects/bare-lambda.ts';

interface Subjects {
  readonly endpoint: string;
  readonly bare: BareLambda;
  readonly executor: Executor;
}

/** All of them have the same emulator. */
async function withEmulator(body: (subjects: Subjects) => Promise<Measurement>): Promise<Measurement> {
  const emulator = await LambdaEmulator.start({ errand: { source: "export { handler } from './errand-handler.mjs';" }, ...BARE_FUNCTIONS });
  const { endpoint } = emulator;
  const bare = new BareLambda(endpoint);
  const executor = lambdaExecutor({
    functionName: 'errand',
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' },
  });
  try {
    return await body({ endpoint, bare, executor });
  } finally {
    bare.close();
    await executor.close();
    await emulator.stop();
  }
}

const warm: Case = {
  name: 'a warm command',
  n: 500,
  measure: (n) =>
    withEmulator(({ bare, executor }) => {
      const base = { name: 'bare spawn of sh', run: async () => void (await bare.invoke('spawning', { script: 'echo on' })) };
      const errand = { name: 'errand', run: async () => expectOk(await executor.exec('echo on')) };
      return measureLatency({ base, others: [errand], n, width: 1, bars: { p50RatioAtMost: { errand: 1.2 } } });
    }),
};

const firstByte: Case = {
  name: 'the first byte of a command that goes on',
  n: 100,
  measure: (n) =>
    withEmulator(async ({ bare, executor }) => {
      const script = 'echo on; sleep 0.05';
      const first = async (run: (onFirst: () => void) => Promise<unknown>): Promise<number> => {
        const start = performance.now();
        let took = Number.NaN;
        await run(() => {
          took = performance.now() - start;
        });
        return took;
      };
      const took = { bare: [] as number[], errand: [] as number[] };
      for (let i = 0; i < n; i += 1) {
        took.bare.push(await first((onFirst) => bare.invoke('spawning', { script }, onFirst)));
        took.errand.push(await first((onFirst) => executor.exec(script, { onOutput: onFirst })));
      }
      return {
        figures: [
          { subject: 'bare spawn of sh', n, p50Ms: median(took.bare) },
          { subject: 'errand', n, p50Ms: median(took.errand) },
        ],
        bars: [],
      };
    }),
};

const output: Case = {
  name: '100 MiB of stdout',
  n: 5,
  measure: (n) =>
    withEmulator(({ endpoint }) => {
      const mover = (subject: LambdaMove['subject']) => ({
        name: subject,
        move: () => callIsolated<LambdaMove, Transfer>(job('move-from-lambda'), 'moveFromLambda', { subject, endpoint }),
      });
      return measureThroughput({
        base: mover('bare streaming function'),
        others: [mover('errand')],
        n,
        ratioAtLeast: 0.8,
        rssMibAtMost: 64,
      });
    }),
};

const bundle: Case = {
  name: 'the handler: a cold import',
  n: 10,
  measure: async (n) => {
    const directory = await mkdtemp(join(tmpdir(), 'errand-bench-'));
    const file = join(directory, 'errand-handler.mjs');
    try {
      await bundleHandler(file);
      const took: number[] = [];
      const script = `const t = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - t);`;
      for (let i = 0; i < n; i += 1) {
        const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
        took.push(Number(stdout));
      }
      const { size } = await stat(file);
      return {
        figures: [{ subject: 'errand', n, p50Ms: median(took) }],
        bars: [{ what: 'the handler, bytes', value: size, sense: 'at-most', limit: 60_000, noise: 0 }],
      };
    } finally {
      await rm(directory, { recursive: true });
    }
  },
};

/** Commands in a function of an emulator, against functions of the same emulator that do the least. */
export const lambda: Suite = { name: 'lambda', cases: [warm, firstByte, output, bundle] };
