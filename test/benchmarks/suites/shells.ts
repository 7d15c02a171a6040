import { type Command, localExecutor } from '@errand/core';
import { callIsolated } from '../harness/isolated.ts';
import { type LatencyBars, measureLatency, type Runner } from '../harness/latency.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { measureThroughput, type Transfer } from '../harness/throughput.ts';
import { expectOk } from '../jobs/expect-ok.ts';
import { job } from '../jobs/job.ts';
import type { Move } from '../jobs/move-gib.ts';
import type { SessionsMemory } from '../jobs/open-sessions.ts';
import { pexpectBash } from '../subjects/pexpect-bash.ts';
import { PlainShell } from '../subjects/plain-shell.ts';
import { runRaw } from '../subjects/raw-spawn.ts';
import { spawnFloor } from '../subjects/spawn-floor.ts';

interface PooledCase {
  readonly name: string;
  readonly command: Command;
  /** The same, without a library. */
  readonly raw: readonly [file: string, ...args: string[]];
  readonly width: number;
  readonly n: number;
  readonly bars: LatencyBars;
}

function pooledCase({ name, command, raw: [file, ...args], width, n: usual, bars }: PooledCase): Case {
  return {
    name,
    n: usual,
    measure: async (n) => {
      const executor = localExecutor({ shells: { max: width } });
      const raw: Runner = { name: 'raw spawn', run: async () => void (await runRaw(file, args)) };
      const errand: Runner = { name: 'errand', run: async () => expectOk(await executor.exec(command)) };
      try {
        const { figures, bars: measured } = await measureLatency({ base: raw, others: [errand], n, width, bars });
        const floors = width === 1 ? await pexpectBash(n) : await spawnFloor(n, width);
        return { figures: [...figures, ...floors], bars: measured };
      } finally {
        await executor.close();
      }
    },
  };
}

const sessionCase: Case = {
  name: 'a builtin in a session',
  n: 2_000,
  measure: async (n) => {
    const executor = localExecutor();
    const session = await executor.openSession();
    const plain = PlainShell.local();
    const base: Runner = { name: 'plain sh', run: () => plain.run('echo on') };
    const errand: Runner = { name: 'errand', run: async () => expectOk(await session.exec('echo on')) };
    try {
      return await measureLatency({ base, others: [errand], n, width: 1, bars: { p50OverBaseMsAtMost: { errand: 1.5 } } });
    } finally {
      plain.close();
      await executor.close();
    }
  },
};

const sessionOutput: Case = {
  name: '1 GiB of stdout in a session',
  n: 5,
  measure: (n) => {
    const mover = (subject: Move['subject']) => ({
      name: subject,
      move: () => callIsolated<Move, Transfer>(job('move-gib'), 'moveGib', { subject, mode: 'in a session' }),
    });
    return measureThroughput({ base: mover('raw spawn'), others: [mover('errand')], n, ratioAtLeast: 0.8, rssMibAtMost: 64 });
  },
};

/** No bar: what they take is stated. */
const manySessions: Case = {
  name: 'open sessions',
  n: 1_000,
  measure: async (n) => {
    const { clientMib, shellsMib } = await callIsolated<number, SessionsMemory>(job('open-sessions'), 'openSessions', n);
    return {
      figures: [
        { subject: 'errand, this process', n, rssMib: clientMib },
        { subject: 'errand, their shells', n, rssMib: shellsMib },
      ],
      bars: [],
    };
  },
};

/** Commands in warm shells on this machine, against Node's own spawn, a bash that pexpect drives, and what C can do. */
export const shells: Suite = {
  name: 'shells',
  cases: [
    pooledCase({
      name: 'a builtin, one at a time',
      command: 'echo on',
      raw: ['/bin/sh', '-c', 'echo on'],
      width: 1,
      // Below this V8 has not compiled what so short a command passes through.
      n: 3_000,
      bars: { p50MsAtMost: { errand: 0.5 } },
    }),
    pooledCase({
      name: 'true, eight at once',
      command: ['/bin/true'],
      raw: ['/bin/true'],
      width: 8,
      n: 1_000,
      bars: { rateRatioAtLeast: { errand: 2 } },
    }),
    sessionCase,
    sessionOutput,
    manySessions,
  ],
};
