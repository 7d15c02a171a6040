import { localExecutor } from '@errand/core';
import { execa } from 'execa';
import type { Bar } from '../harness/bar.ts';
import type { Growth } from '../harness/growth.ts';
import { callIsolated } from '../harness/isolated.ts';
import { measureLatency, type Runner } from '../harness/latency.ts';
import type { Case, Measurement, Suite } from '../harness/suite.ts';
import { measureThroughput, type Transfer } from '../harness/throughput.ts';
import { expectOk } from '../jobs/expect-ok.ts';
import { job } from '../jobs/job.ts';
import type { Move } from '../jobs/move-gib.ts';
import { runRaw } from '../subjects/raw-spawn.ts';
import { spawnFloor } from '../subjects/spawn-floor.ts';

const program = '/bin/true';

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
        const { figures, bars } = await measureLatency({
          base: raw,
          others: [errand, execa10],
          n,
          width,
          bars: { p50RatioAtMost: { errand: 1.15 } },
        });
        return { figures: [...figures, ...(await spawnFloor(n, width))], bars };
      } finally {
        await executor.close();
      }
    },
  };
}

function outputCase(mode: Move['mode']): Case {
  const mover = (subject: Move['subject']) => ({
    name: subject,
    move: () => callIsolated<Move, Transfer>(job('move-gib'), 'moveGib', { subject, mode }),
  });
  return {
    name: `1 GiB of stdout ${mode}`,
    n: 5,
    measure: (n) => measureThroughput({ base: mover('raw spawn'), others: [mover('errand')], n, ratioAtLeast: 0.9, rssMibAtMost: 64 }),
  };
}

const growthCase: Case = {
  name: '10,000 commands in a row',
  n: 10_000,
  measure: async (n): Promise<Measurement> => {
    // With its young generation small from the start, Node's own heap is done growing after the warm-up, and a leak shows.
    const { before, after } = await callIsolated<number, Growth>(job('grow-across'), 'growAcross', n, ['--max-semi-space-size=1']);
    const bar = (what: keyof Growth['before'], limit: number): Bar => {
      return { what: `errand: growth of ${what}`, value: after[what] - before[what], sense: 'at-most', limit, noise: 0 };
    };
    // A leak of 1 KiB a command would be 10 MiB; raw spawn itself ends within half a MiB of where it began.
    const bars = [bar('listeners', 0), bar('descriptors', 0), bar('timers', 0), bar('rssMib', 2)];
    return { figures: [{ subject: 'errand', n, rssMib: after.rssMib - before.rssMib }], bars };
  },
};

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
