import { dockerExecutor } from '@errand/backend-docker';
import type { Transfer } from '../harness/throughput.ts';
import { DockerCli } from '../subjects/docker-cli.ts';
import { type DockerTarget, hostOf } from '../subjects/docker-target.ts';
import { type Drain, demultiplexed, RawDockerode } from '../subjects/raw-dockerode.ts';
import { type Move, type Moving, measureMove, outOf, zeros } from './measure-move.ts';

/** Through whom to move bytes out of a container that runs; `raw stream` takes nothing apart. */
export interface MoveOutOfDocker {
  readonly subject: 'demuxStream' | 'raw stream' | 'docker CLI' | 'errand';
  readonly bytes: number;
  /** Moved before the clock starts. */
  readonly warmBytes: number;
  readonly target: DockerTarget;
}

/** Moves bytes through one subject; called in a process of its own. */
export async function moveOutOfDocker({ subject, bytes, warmBytes, target }: MoveOutOfDocker): Promise<Transfer> {
  // What was not taken apart has a header of eight bytes a frame besides.
  const isWhole = (arrived: number): boolean => (subject === 'raw stream' ? arrived >= bytes : arrived === bytes);
  const transfer = await measureMove(movers[subject](target), { name: subject, bytes, warmBytes, isWhole });
  return subject === 'docker CLI' ? { mibPerSecond: transfer.mibPerSecond } : transfer;
}

const movers: Readonly<Record<MoveOutOfDocker['subject'], (target: DockerTarget) => Moving>> = {
  demuxStream: (target) => throughDockerode(target, demultiplexed),
  'raw stream': (target) => throughDockerode(target, (take) => (stream) => void stream.on('data', ({ length }: Buffer) => take(length))),
  'docker CLI': (target) => ({ move: (bytes) => new DockerCli(target).exec(zeros(bytes)), close: async () => {} }),
  errand: (target) => outOf(dockerExecutor({ mode: 'exec', host: hostOf(target), container: target.container })),
};

function throughDockerode(target: DockerTarget, drain: (take: (bytes: number) => void) => Drain): Moving {
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
