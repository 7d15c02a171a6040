import { setImmediate as turn } from 'node:timers/promises';
import type { Bar } from './bar.ts';
import { rotated } from './rotated.ts';
import type { Figures } from './row.ts';
import { median, percentile } from './statistics.ts';
import type { Measurement } from './suite.ts';

/** Somebody who runs a command to its end. */
export interface Runner {
  readonly name: string;
  run(): Promise<void>;
  /** So many commands, so many at once, for who counts them in a process of its own. */
  block?(count: number, width: number): Promise<Block>;
}

/** What commands that were run together took: each in milliseconds, and all of them. */
export interface Block {
  readonly latencies: readonly number[];
  readonly seconds: number;
}

export interface LatencyOptions {
  /** The one that the others are held against. */
  readonly base: Runner;
  readonly others: readonly Runner[];
  /** Commands a subject. */
  readonly n: number;
  /** How many are in flight at once. */
  readonly width: number;
  readonly bars: LatencyBars;
  /** Commands in one block; default 50: short, so that whatever else the machine does falls on all subjects alike. */
  readonly blockSize?: number;
}

/** What is asked of the others, by name. */
export interface LatencyBars {
  /** The most that p50 divided by the base's may be. */
  readonly p50RatioAtMost?: Readonly<Record<string, number>>;
  /** The most that p50 divided by that of one of the others may be, by the name of either. */
  readonly p50OverAtMost?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The most that p50 may be, in milliseconds. */
  readonly p50MsAtMost?: Readonly<Record<string, number>>;
  /** The most that p50 may be above the base's, in milliseconds. */
  readonly p50OverBaseMsAtMost?: Readonly<Record<string, number>>;
  /** The least that commands a second divided by the base's may be. */
  readonly rateRatioAtLeast?: Readonly<Record<string, number>>;
  /** The least that commands a second divided by those of one of the others may be, by the name of either. */
  readonly rateOverAtLeast?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * Runs the subjects in turn, a block each, the order turning from round to round; the base comes twice, and how far its two
 * blocks lie apart in the middle round is the noise.
 */
export async function measureLatency({ base, others, n, width, bars, blockSize = 50 }: LatencyOptions): Promise<Measurement> {
  const again: Runner = { name: `${base.name} (again)`, run: () => base.run() };
  const subjects = [base, again, ...others];
  for (const subject of subjects) await runBlock(subject, blockSize, width);

  const blocks = new Map<Runner, Block[]>(subjects.map((subject) => [subject, []]));
  for (let done = 0, round = 0; done < n; done += blockSize, round += 1) {
    for (const subject of rotated(subjects, round))
      blocks.get(subject)?.push(await runBlock(subject, Math.min(blockSize, n - done), width));
  }
  return summarize(subjects, blocks, bars);
}

async function runBlock(subject: Runner, count: number, width: number): Promise<Block> {
  if (subject.block) return subject.block(count, width);
  const latencies: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const start = performance.now();
      await subject.run();
      latencies.push(performance.now() - start);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: width }, worker));
  const seconds = (performance.now() - start) / 1000;
  await turn(); // what a subject put off to the next turn of the loop is its own, and not the next subject's
  return { latencies, seconds };
}

function summarize(subjects: readonly Runner[], blocks: ReadonlyMap<Runner, readonly Block[]>, wanted: LatencyBars): Measurement {
  const medians = subjects.map((subject) => (blocks.get(subject) ?? []).map(({ latencies }) => median(latencies)));
  const ratios = medians.map((own) => own.map((value, round) => value / (medians[0]?.[round] ?? Number.NaN)));
  const noise = median((ratios[1] ?? []).map((ratio) => Math.abs(ratio - 1)));
  const figures = subjects.map((subject, index): Figures => {
    const own = blocks.get(subject) ?? [];
    const latencies = own.flatMap((block) => block.latencies);
    return {
      subject: subject.name,
      n: latencies.length,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      perSecond: latencies.length / own.reduce((sum, { seconds }) => sum + seconds, 0),
      ratio: median(ratios[index] ?? []),
    };
  });
  const rateOver = (index: number, other: number): number => {
    const [own, others] = [subjects[index], subjects[other]].map((subject) => subject && blocks.get(subject));
    return median(perRound(own, others));
  };
  const named = (name: string): number => subjects.findIndex((subject) => subject.name === name);
  const p50Over = (index: number, other: number): number =>
    median((medians[index] ?? []).map((value, round) => value / (medians[other]?.[round] ?? Number.NaN)));
  const base = subjects[0]?.name;
  const bars = figures.flatMap(({ subject, p50Ms = Number.NaN, ratio = Number.NaN }, index): Bar[] => [
    ...barOf('at-most', wanted.p50RatioAtMost?.[subject], { what: `${subject}: p50 ÷ ${base}'s`, value: ratio, noise }),
    ...barOf('at-most', wanted.p50MsAtMost?.[subject], { what: `${subject}: p50, ms`, value: p50Ms, noise: noise * p50Ms }),
    ...barOf('at-most', wanted.p50OverBaseMsAtMost?.[subject], {
      what: `${subject}: p50 over ${base}'s, ms`,
      value: p50Ms - (figures[0]?.p50Ms ?? Number.NaN),
      noise: noise * (figures[0]?.p50Ms ?? Number.NaN),
    }),
    ...barOf('at-least', wanted.rateRatioAtLeast?.[subject], {
      what: `${subject}: commands a second ÷ ${base}'s`,
      value: rateOver(index, 0),
      noise,
    }),
    ...Object.entries(wanted.rateOverAtLeast?.[subject] ?? {}).flatMap(([other, limit]) =>
      barOf('at-least', limit, {
        what: `${subject}: commands a second ÷ ${other}'s`,
        value: rateOver(index, named(other)),
        noise,
      }),
    ),
    ...Object.entries(wanted.p50OverAtMost?.[subject] ?? {}).flatMap(([other, limit]) =>
      barOf('at-most', limit, { what: `${subject}: p50 ÷ ${other}'s`, value: p50Over(index, named(other)), noise }),
    ),
  ]);
  return { figures, bars };
}

/** By how much faster one's blocks went than another's of the same round. */
function perRound(own: readonly Block[] = [], others: readonly Block[] = []): number[] {
  return own.map((block, round) => rate(block) / rate(others[round] ?? { latencies: [], seconds: 1 }));
}

function rate({ latencies, seconds }: Block): number {
  return latencies.length / seconds;
}

function barOf(sense: Bar['sense'], limit: number | undefined, bar: Pick<Bar, 'what' | 'value' | 'noise'>): Bar[] {
  return limit === undefined ? [] : [{ ...bar, sense, limit }];
}
