import { setTimeout as delay } from 'node:timers/promises';
import type { LogReader, StreamName } from '@errand/core/frames';
import { isRefusal } from '../api/cluster-refusal.ts';
import type { ExecSocket } from '../exec/exec-socket.ts';
import type { JobSignals } from './followed-job.ts';

/** Between two tries, at first and at most. */
const FIRST_MS = 200;
const LONGEST_MS = 5_000;

export interface SpooledOutputParts {
  readonly signals: Pick<JobSignals, 'read' | 'taken'>;
  readonly pod: string;
  readonly reader: LogReader;
  /** Resolves once the readers have room for more. */
  readonly taken: () => Promise<void>;
  /** Whether both streams have told their end. */
  readonly isOver: () => boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads what a command writes from the spools of its pod, which stays until it is told that all of it was taken. A connection that breaks is followed by another,
 * which goes on where that one was. Resolves without a word where the spools are gone: the log tells then what there was.
 */
export async function readSpools(parts: SpooledOutputParts): Promise<void> {
  const { signals, pod, reader, isOver, signal } = parts;
  for (let pause = FIRST_MS; !signal.aborted; pause = Math.min(LONGEST_MS, pause * 2)) {
    const from = { stdout: reader.wanted('stdout'), stderr: reader.wanted('stderr') };
    try {
      const socket = await signals.read(pod, from, signal);
      if ((await readBoth(socket, from, parts)) || isOver()) return await signals.taken(pod).catch(() => {});
      if (reader.wanted('stdout') + reader.wanted('stderr') > from.stdout + from.stderr) pause = FIRST_MS;
    } catch (fault) {
      // Who may not read it finds its end in the log.
      if (isRefusal(fault, 403)) return;
    }
    await delay(pause, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Whether that was all. */
async function readBoth(socket: ExecSocket, from: Readonly<Record<StreamName, number>>, parts: SpooledOutputParts): Promise<boolean> {
  const { reader, taken, isOver, signal } = parts;
  const close = (): void => socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  const read = async (name: StreamName): Promise<void> => {
    let at = from[name];
    for await (const chunk of socket[name] as AsyncIterable<Buffer>) {
      reader.take(name, at, chunk);
      at += chunk.length;
      // Nothing comes behind the end.
      if (isOver()) return close();
      await taken();
    }
  };
  try {
    socket.stdin.end();
    await Promise.all([read('stdout'), read('stderr')]);
    return isOver() || (await socket.status).status === 'Success';
  } catch {
    return false;
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
