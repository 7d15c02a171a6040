import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sshExecutor } from '@errand/backend-ssh';
import type { Transfer } from '../harness/throughput.ts';
import { RawSsh2 } from '../subjects/raw-ssh2.ts';
import { executorOptions, type SshTarget } from '../subjects/ssh-target.ts';
import { expectOk } from './expect-ok.ts';
import { type Move, type Moving, measureMove, outOf } from './measure-move.ts';

/** What to move over a connection that is there already, and through whom. */
export interface MoveOverSsh {
  readonly subject: 'OpenSSH' | 'raw ssh2' | 'errand';
  readonly direction: 'down' | 'up';
  readonly bytes: number;
  /** Moved before the clock starts. */
  readonly warmBytes: number;
  readonly target: SshTarget;
  /** Arguments of OpenSSH's client, in front of the line. */
  readonly client: readonly string[];
}

/** Moves bytes through one subject; called in a process of its own. */
export async function moveOverSsh({ subject, direction, bytes, warmBytes, target, client }: MoveOverSsh): Promise<Transfer> {
  const moving = await movers[subject](direction, target, client);
  const transfer = await measureMove(moving, { name: `${subject} ${direction}`, bytes, warmBytes });
  return subject === 'OpenSSH' ? { mibPerSecond: transfer.mibPerSecond } : transfer;
}

const movers: Readonly<
  Record<MoveOverSsh['subject'], (direction: 'down' | 'up', target: SshTarget, client: readonly string[]) => Promise<Moving>>
> = {
  OpenSSH: async (direction, _target, client) => ({
    move: (bytes) => throughProgram(direction, [...client, lineFor(direction, bytes)], bytes),
    close: async () => {},
  }),
  'raw ssh2': async (direction, target) => {
    const raw = await RawSsh2.connect(target, 1);
    const move: Move = async (bytes) => {
      let arrived = 0;
      await raw.run(lineFor(direction, bytes), (channel) => {
        channel.on('data', (chunk: Buffer) => {
          arrived += arrivedWith(direction, chunk);
        });
        if (direction === 'up') void feed(channel, bytes);
      });
      return arrived;
    };
    return { move, close: () => raw.close() };
  },
  errand: async (direction, target) => {
    const executor = sshExecutor(executorOptions(target));
    const up: Move = async (bytes) => {
      const result = await executor.exec(lineFor('up', bytes), { stdin: Readable.from(zeroChunks(bytes)) });
      expectOk(result);
      return Number(result.stdout.text);
    };
    return direction === 'down' ? outOf(executor) : { move: up, close: () => executor.close() };
  },
};

async function throughProgram(direction: 'down' | 'up', args: readonly string[], bytes: number): Promise<number> {
  const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let arrived = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    arrived += arrivedWith(direction, chunk);
  });
  if (direction === 'up') await feed(child.stdin, bytes);
  else child.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`ssh exited with ${code}`);
  return arrived;
}

/** What comes down is counted here; what goes up is counted there, and told. */
function arrivedWith(direction: 'down' | 'up', chunk: Buffer): number {
  return direction === 'up' ? Number(chunk) : chunk.length;
}

function lineFor(direction: 'down' | 'up', bytes: number): string {
  return direction === 'down' ? `exec head -c ${bytes} /dev/zero` : 'exec wc -c';
}

function feed(stdin: Writable, bytes: number): Promise<void> {
  return pipeline(Readable.from(zeroChunks(bytes)), stdin);
}

function* zeroChunks(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(65_536);
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}
