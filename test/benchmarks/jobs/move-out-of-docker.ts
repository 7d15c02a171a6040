import { dockerExecutor } from '@errand/backend-docker';
import { peakGrowthMib } from '../harness/memory.ts';
import type { Transfer } from '../harness/throughput.ts';
import { DockerCli } from '../subjects/docker-cli.ts';
import { type DockerTarget, hostOf } from '../subjects/docker-target.ts';
import { type Drain, demultiplexed, RawDockerode } from '../subjects/raw-dockerode.ts';
import { runRaw } from '../subjects/raw-spawn.ts';
import { expectOk } from './expect-ok.ts';

/** Through whom to move bytes out of a container that runs; `raw stream` takes nothing apart. */
export interface MoveOutOfDocker {
  readonly subject: 'demuxStream' | 'raw stream' | 'docker CLI' | 'errand';
  readonly bytes: number;
  /** Moved before the clock starts. */
  readonly warmBytes: number;
  readonly target: DockerTarget;
}

/** Moves so many bytes; what it gives back is how many arrived. */
type Move = (bytes: number) => Promise<number>;

/** Moves bytes through one subject; called in a process of its own. */
export async function moveOutOfDocker({ subject, bytes, warmBytes, target }: MoveOutOfDocker): Promise<Transfer> {
  const { move, close } = movers[subject](target);
  // Node lets buffers pile up before it collects them. That is there before the measurement begins.
  await runRaw('head', ['-c', String(2 ** 28), '/dev/zero']);
  await move(2 ** 20);
  let seconds = 0;
  const rssMib = await peakGrowthMib(async () => {
    await move(warmBytes);
    const start = performance.now();
    const moved = await move(bytes);
    seconds = (performance.now() - start) / 1000;
    // What was not taken apart has a header of eight bytes a frame besides.
    if (subject === 'raw stream' ? moved < bytes : moved !== bytes) throw new Error(`${subject}: ${moved} bytes of ${bytes}`);
  });
  await close();
  return { mibPerSecond: bytes / 2 ** 20 / seconds, ...(subject !== 'docker CLI' && { rssMib }) };
}

const movers: Readonly<Record<MoveOutOfDocker['subject'], (target: DockerTarget) => { move: Move; close: () => Promise<void> }>> = {
  demuxStream: (target) => throughDockerode(target, demultiplexed),
  'raw stream': (target) => throughDockerode(target, (take) => (stream) => void stream.on('data', ({ length }: Buffer) => take(length))),
  'docker CLI': (target) => ({ move: (bytes) => new DockerCli(target).exec(zeros(bytes)), close: async () => {} }),
  errand: (target) => {
    const executor = dockerExecutor({ mode: 'exec', host: hostOf(target), container: target.container });
    const move: Move = async (bytes) => {
      const execution = executor.spawn(zeros(bytes));
      let arrived = 0;
      for await (const chunk of execution.stdout) arrived += chunk.length;
      expectOk(await execution.result);
      return arrived;
    };
    return { move, close: () => executor.close() };
  },
};

function throughDockerode(
  target: DockerTarget,
  drain: (take: (bytes: number) => void) => Drain,
): { move: Move; close: () => Promise<void> } {
  const raw = new RawDockerode(target);
  const move: Move = async (bytes) => {
    let arrived = 0;
    const take = (length: number): void => {
      arrived += length;
    };
    await raw.exec(zeros(bytes), drain(take));
    return arrived;
  };
  return { move, close: async () => raw.close() };
}

function zeros(bytes: number): string[] {
  return ['head', '-c', String(bytes), '/dev/zero'];
}
