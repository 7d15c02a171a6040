import type { Bar } from '../harness/bar.ts';
import { callIsolated } from '../harness/isolated.ts';
import { rotated } from '../harness/rotated.ts';
import type { Figures } from '../harness/row.ts';
import { median } from '../harness/statistics.ts';
import type { Case, Suite } from '../harness/suite.ts';
import { job } from '../jobs/job.ts';
import type { Queueing } from '../jobs/queue-commands.ts';

const SUBJECTS = ['no queue', 'errand', 'p-queue', 'fastq'] as const;
const ROUNDS = 5;
/** A million runs wait in one heap. */
const ROOM = ['--max-old-space-size=12288'];

interface OverheadCase {
  readonly name: string;
  readonly at: Queueing['at'];
  readonly n: number;
  /** What the queue may take for a command, in microseconds; none: it is enough that all are over. */
  readonly atMost?: number;
  readonly subjects?: readonly Queueing['subject'][];
  readonly rounds?: number;
}

/** What a queue of one slot takes for a command beyond what its executor takes without one. */
function overheadCase({ name, at, n: usual, atMost, subjects = SUBJECTS, rounds = ROUNDS }: OverheadCase): Case {
  return {
    name,
    n: usual,
    measure: async (n) => {
      const took = new Map<Queueing['subject'], number[]>(subjects.map((subject) => [subject, []]));
      for (let round = 0; round < rounds; round += 1) {
        for (const subject of rotated(subjects, round)) {
          const micros = await callIsolated<Queueing, number>(job('queue-commands'), 'queueCommands', asked(subject, at, n), ROOM);
          took.get(subject)?.push(micros);
        }
      }
      const middle = (subject: Queueing['subject']): number => median(took.get(subject) ?? []);
      const bare = took.get('no queue') ?? [];
      const bars: Bar[] = [];
      if (atMost !== undefined) {
        const noise = Math.max(...bare) - Math.min(...bare);
        bars.push({
          what: 'errand: overhead in µs a command',
          value: middle('errand') - middle('no queue'),
          sense: 'at-most',
          limit: atMost,
          noise,
        });
      }
      const figures = subjects.map((subject): Figures => {
        const micros = middle(subject);
        return {
          subject,
          n,
          p50Ms: micros / 1_000,
          perSecond: 1e6 / micros,
          ...(bare.length > 0 && { ratio: micros / middle('no queue') }),
        };
      });
      return { figures, bars };
    },
  };
}

/** Of one slot only one runs at a time; that many at once without a queue would take longer. */
function asked(subject: Queueing['subject'], at: Queueing['at'], n: number): Queueing {
  return { subject, at: subject === 'no queue' ? 'one' : at, n };
}

const waiters: Case = {
  name: 'heap of those that wait',
  n: 100_000,
  measure: async (n) => {
    const figures: Figures[] = [];
    const bars: Bar[] = [];
    for (const subject of ['errand', 'p-queue', 'fastq'] as const) {
      const bytes = await callIsolated<Pick<Queueing, 'subject' | 'n'>, number>(
        job('queue-commands'),
        'heapOfWaiters',
        { subject, n },
        ROOM,
      );
      figures.push({ subject, n, heapBytes: bytes });
      if (subject === 'errand') bars.push({ what: 'errand: bytes a waiter', value: bytes, sense: 'at-most', limit: 2_048, noise: 0 });
    }
    return { figures, bars };
  },
};

/** Waiting for turns (`queued(executor, { concurrency: 1 })`) over an executor that does nothing, against two queues of functions. */
export const queue: Suite = {
  name: 'queue',
  cases: [
    overheadCase({ name: 'one at a time', at: 'one', n: 20_000, atMost: 20 }),
    overheadCase({ name: '100,000 at once', at: 'all', n: 100_000, atMost: 40 }),
    waiters,
    overheadCase({ name: '1,000,000 at once', at: 'all', n: 1_000_000, subjects: ['errand'], rounds: 1 }),
  ],
};
