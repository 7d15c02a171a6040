import { type ExecResult, localExecutor } from '@errand/core';
import { execa } from 'execa';
import type { Bar } from '../harness/bar.ts';
import { type Growth, measureGrowth } from '../harness/growth.ts';
import { callIsolated } from '../harness/isolated.ts';
import { measureLatency, type Runner } from '../harness/latency.ts';
import { peakGrowthMib } from '../harness/memory.ts';
import type { Case, Measurement, Suite } from '../harness/suite.ts';
import { measureThroughput, type Transfer } from '../harness/throughput.ts';
import { runRaw, streamRaw } from '../subjects/raw-spawn.ts';
import { slowly } from '../subjects/slowly.ts';
import { spawnFloor } from '../subjects/spawn-floor.ts';

const program = '/bin/true';
const gib = 2 ** 30;

const raw: Runner = { name: 'raw spawn', run: async () => void (await runRaw(program)) };
const execa10: Runner = { name: 'execa', run: async () => void (await execa(program, { stdin: 'ignore' })) };

function latencyCase(name: string, width: number): Case {
  return {
    name,
    n: 1_000,
    measure: async (n) => {
      const executor = localExecutor();
      const errand: Runner = { name: 'errand', run: async () => expectOk(await executor.exec([program])) };
      try {
        const { figures, bars } = await measureLatency({ base: raw, others: [errand, execa10], n, width, atMost: { errand: 1.15 } });
        return { figures: [...figures, ...(await spawnFloor(n, width))], bars };
      } finally {
        await executor.close();
      }
    },
  };
}

type Mode = 'collected' | 'streamed' | 'ignored';
interface Job {
  readonly subject: 'raw spawn' | 'errand';
  readonly mode: Mode;
}

function outputCase(mode: Mode): Case {
  const mover = (subject: Job['subject']) => ({
    name: subject,
    move: () => callIsolated<Job, Transfer>(import.meta.url, 'moveGib', { subject, mode }),
  });
  return {
    name: `1 GiB of stdout ${mode}`,
    n: 5,
    measure: (n) => measureThroughput({ base: mover('raw spawn'), others: [mover('errand')], n, ratioAtLeast: 0.9, rssMibAtMost: 64 }),
  };
}

/** Moves 1 GiB through one subject; called in a process of its own. */
export async function moveGib({ subject, mode }: Job): Promise<Transfer> {
  const executor = localExecutor();
  const move = (bytes: number): Promise<number> => {
    return subject === 'errand' ? moveThrough[mode](['head', ...zeros(bytes)]) : moveRaw(mode, bytes);
  };
  const moveThrough: Readonly<Record<Mode, (command: readonly string[]) => Promise<number>>> = {
    collected: async (command) => {
      const { stdout } = await executor.exec(command);
      return stdout.text.length > 0 ? stdout.totalBytes : 0;
    },
    streamed: async (command) => {
      const execution = executor.spawn(command);
      const bytes = await slowly(execution.stdout);
      expectOk(await execution.result);
      return bytes;
    },
    ignored: async (command) => (await executor.spawn(command).result).stdout.totalBytes,
  };
  // Node lets buffers pile up before it collects them, to another height in each mode. That is there before the measurement begins.
  await moveRaw(mode, 2 ** 28);
  await move(2 ** 20);
  let seconds = 0;
  const rssMib = await peakGrowthMib(async () => {
    const start = performance.now();
    const moved = await move(gib);
    seconds = (performance.now() - start) / 1000;
    if (moved !== gib) throw new Error(`${subject} ${mode}: ${moved} bytes of ${gib}`);
  });
  await executor.close();
  return { mibPerSecond: 1024 / seconds, rssMib };
}

function moveRaw(mode: Mode, bytes: number): Promise<number> {
  return mode === 'streamed' ? streamRaw('head', zeros(bytes)) : runRaw('head', zeros(bytes));
}

function zeros(bytes: number): string[] {
  return ['-c', String(bytes), '/dev/zero'];
}

const growthCase: Case = {
  name: '10,000 commands in a row',
  n: 10_000,
  measure: async (n): Promise<Measurement> => {
    // With its young generation small from the start, Node's own heap is done growing after the warm-up, and a leak shows.
    const { before, after } = await callIsolated<number, Growth>(import.meta.url, 'growAcross', n, ['--max-semi-space-size=1']);
    const bar = (what: keyof Growth['before'], limit: number): Bar => {
      return { what: `errand: growth of ${what}`, value: after[what] - before[what], sense: 'at-most', limit, noise: 0 };
    };
    // A leak of 1 KiB a command would be 10 MiB; raw spawn itself ends within half a MiB of where it began.
    const bars = [bar('listeners', 0), bar('descriptors', 0), bar('timers', 0), bar('rssMib', 2)];
    return { figures: [{ subject: 'errand', n, rssMib: after.rssMib - before.rssMib }], bars };
  },
};

/** Runs n commands one after the other; called in a process of its own. */
export async function growAcross(n: number): Promise<Growth> {
  const executor = localExecutor();
  const growth = await measureGrowth(async (signal) => expectOk(await executor.exec([program], { signal })), 1_000, n);
  await executor.close();
  return growth;
}

function expectOk(result: ExecResult): void {
  if (!result.ok) throw new Error(`${result.outcome}: ${result.reason ?? result.exitCode}`);
}

/** Commands on this machine, against Node's own spawn, execa, and what C can do. */
export const local: Suite = {
  name: 'local',
  cases: [
    latencyCase('true, one at a time', 1),
    latencyCase('true, eight at once', 8),
    outputCase('collected'),
    outputCase('streamed'),
    outputCase('ignored'),
    growthCase,
  ],
};
