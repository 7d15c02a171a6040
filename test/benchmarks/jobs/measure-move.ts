import type { Executor } from '@errand/core';
import { peakGrowthMib } from '../harness/memory.ts';
import type { Transfer } from '../harness/throughput.ts';
import { runRaw } from '../subjects/raw-spawn.ts';
import { expectOk } from './expect-ok.ts';

/** Moves so many bytes; what it gives back is how many arrived. */
export type Move = (bytes: number) => Promise<number>;

/** Who moves them, until it is closed. */
export interface Moving {
  readonly move: Move;
  readonly close: () => Promise<void>;
}

export interface MeasureMoveOptions {
  /** For the error where bytes are missing. */
  readonly name: string;
  readonly bytes: number;
  /** Moved before the clock starts. */
  readonly warmBytes: number;
  /** Whether so many that arrived are all; default: as many as were moved. */
  readonly isWhole?: (arrived: number) => boolean;
}

/** Moves bytes once it is warm, and closes it: how fast that was, and how much memory this process took for it. */
export async function measureMove({ move, close }: Moving, options: MeasureMoveOptions): Promise<Required<Transfer>> {
  const { name, bytes, warmBytes, isWhole = (arrived) => arrived === bytes } = options;
  // Node lets buffers pile up before it collects them. That is there before the measurement begins.
  await runRaw('head', ['-c', String(2 ** 28), '/dev/zero']);
  await move(2 ** 20);
  let seconds = 0;
  const rssMib = await peakGrowthMib(async () => {
    await move(warmBytes);
    const start = performance.now();
    const arrived = await move(bytes);
    seconds = (performance.now() - start) / 1000;
    if (!isWhole(arrived)) throw new Error(`${name}: ${arrived} bytes of ${bytes}`);
  });
  await close();
  return { mibPerSecond: bytes / 2 ** 20 / seconds, rssMib };
}

/** Zeros that a command of an executor writes to stdout. */
export function outOf(executor: Executor): Moving {
  const move: Move = async (bytes) => {
    const execution = executor.spawn(zeros(bytes));
    let arrived = 0;
    for await (const chunk of execution.stdout) arrived += chunk.length;
    expectOk(await execution.result);
    return arrived;
  };
  return { move, close: () => executor.close() };
}

export function zeros(bytes: number): string[] {
  return ['head', '-c', String(bytes), '/dev/zero'];
}
