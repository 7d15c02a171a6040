import { localExecutor } from '@errand/core';
import { peakGrowthMib } from '../harness/memory.ts';
import type { Transfer } from '../harness/throughput.ts';
import { runRaw, streamRaw } from '../subjects/raw-spawn.ts';
import { slowly } from '../subjects/slowly.ts';
import { expectOk } from './expect-ok.ts';

const gib = 2 ** 30;

type Mode = 'collected' | 'streamed' | 'ignored' | 'in a session';

/** What to move, and through whom. */
export interface Move {
  readonly subject: 'raw spawn' | 'errand';
  readonly mode: Mode;
}

/** Moves 1 GiB through one subject; called in a process of its own. */
export async function moveGib({ subject, mode }: Move): Promise<Transfer> {
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
    'in a session': async (command) => {
      const session = await executor.openSession();
      const { stdout } = await session.exec(command.join(' '));
      await session.close();
      return stdout.totalBytes;
    },
    ignored: async (command) => (await executor.spawn(command).result).stdout.totalBytes,
  };
  // Node lets buffers pile up before it collects them, to another height in each mode. That is there before the measurement begins.
  await moveRaw(mode, 2 ** 28);
  await move(2 ** 20);
  let seconds = 0;
  const rssMib = await peakGrowthMib(async () => {
    // Raw spawn's code is compiled by now; whoever is measured gets the same. What piles up meanwhile counts.
    await move(2 ** 28);
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
