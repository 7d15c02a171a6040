import { queued } from '@errand/core';
import fastq from 'fastq';
import PQueue from 'p-queue';
import { idleExecutor } from '../subjects/idle-executor.ts';

export interface Queueing {
  readonly subject: 'no queue' | 'errand' | 'p-queue' | 'fastq';
  /** One after the other, or all at once: then all but one wait. */
  readonly at: 'one' | 'all';
  readonly n: number;
}

type Submit = () => Promise<unknown>;

/** Microseconds a command, submitted through a queue of one slot and over; called in a process of its own. */
export async function queueCommands({ subject, at, n }: Queueing): Promise<number> {
  const submit = submitter(subject);
  for (let i = 0; i < 2_000; i += 1) await submit();
  const begin = performance.now();
  if (at === 'one') for (let i = 0; i < n; i += 1) await submit();
  else await Promise.all(Array.from({ length: n }, submit));
  return ((performance.now() - begin) * 1_000) / n;
}

function submitter(subject: Queueing['subject']): Submit {
  const executor = idleExecutor();
  const run = (): Promise<unknown> => executor.exec(':');
  if (subject === 'no queue') return run;
  if (subject === 'errand') {
    const one = queued(executor, { concurrency: 1 });
    return () => one.exec(':');
  }
  if (subject === 'fastq') {
    const queue = fastq.promise(run, 1);
    return () => queue.push(undefined);
  }
  const queue = new PQueue({ concurrency: 1 });
  return () => queue.add(run);
}

/** Bytes of heap for each of n commands that wait; called in a process of its own. */
export async function heapOfWaiters({ subject, n }: Pick<Queueing, 'subject' | 'n'>): Promise<number> {
  const executor = idleExecutor();
  const one = queued(executor, { concurrency: 1 });
  const peer = new PQueue({ concurrency: 1, autoStart: false });
  const other = fastq.promise(() => executor.exec(':'), 1);
  one.pause();
  other.pause();
  const waiting: unknown[] = [];
  const add = (): void => {
    if (subject === 'errand') waiting.push(one.exec(':'));
    else waiting.push(subject === 'p-queue' ? peer.add(() => executor.exec(':')) : other.push(undefined));
  };
  for (let i = 0; i < 100; i += 1) add();
  const before = await settledHeap();
  for (let i = 0; i < n; i += 1) add();
  const bytes = (await settledHeap()) - before;
  const { queue } = await one.health();
  // Node stays for commands that wait.
  void one.close();
  if (waiting.length !== n + 100 || queue.queued + peer.size + other.length() !== n + 100) throw new Error('Not all of them wait.');
  return bytes / n;
}

async function settledHeap(): Promise<number> {
  // By then each has asked for its turn.
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
