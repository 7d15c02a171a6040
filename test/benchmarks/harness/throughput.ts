import type { Bar } from './bar.ts';
import { rotated } from './rotated.ts';
import type { Figures } from './row.ts';
import { median } from './statistics.ts';
import type { Measurement } from './suite.ts';

export interface Transfer {
  readonly mibPerSecond: number;
  /** Absent for a program that is no library: then its memory is its own. */
  readonly rssMib?: number;
}

/** Somebody who moves the same bytes once, in a process of its own. */
export interface Mover {
  readonly name: string;
  move(): Promise<Transfer>;
}

export interface ThroughputOptions {
  /** The one that the others are held against. */
  readonly base: Mover;
  readonly others: readonly Mover[];
  /** Runs a subject. */
  readonly n: number;
  /** The bar on each other's MiB/s divided by the base's of the same round. */
  readonly ratioAtLeast: number;
  /** The bar on each other's growth of peak memory, in any round. */
  readonly rssMibAtMost: number;
  /** Those that have bars, by name; default: all but the base. */
  readonly barred?: readonly string[];
}

const NO_TRANSFER: Transfer = { mibPerSecond: Number.NaN };

/** Lets the subjects move the bytes in turn, round after round; the base comes twice a round, which gives the noise. */
export async function measureThroughput(options: ThroughputOptions): Promise<Measurement> {
  const { base, others, n, ratioAtLeast, rssMibAtMost, barred = others.map(({ name }) => name) } = options;
  const subjects = [base, { ...base, name: `${base.name} (again)` }, ...others];
  const rounds: Transfer[][] = [];
  for (let round = 0; round < n; round += 1) {
    const moved = new Map<Mover, Transfer>();
    for (const subject of rotated(subjects, round)) moved.set(subject, await subject.move());
    rounds.push(subjects.map((subject) => moved.get(subject) ?? NO_TRANSFER));
  }
  const figures = subjects.map(({ name }, index) => summarize(name, rounds, index));
  const noise = median(rounds.map(([first, again]) => Math.abs((again?.mibPerSecond ?? 0) / (first?.mibPerSecond ?? 0) - 1)));
  const held = figures.slice(2).filter(({ subject }) => barred.includes(subject));
  const bars = held.flatMap(({ subject, ratio = Number.NaN, rssMib = Number.NaN }): Bar[] => [
    { what: `${subject}: MiB/s ÷ ${base.name}'s`, value: ratio, sense: 'at-least', limit: ratioAtLeast, noise },
    { what: `${subject}: growth of peak memory, MiB`, value: rssMib, sense: 'at-most', limit: rssMibAtMost, noise: 0 },
  ]);
  return { figures, bars };
}

function summarize(subject: string, rounds: readonly (readonly Transfer[])[], index: number): Figures {
  const own = rounds.map((transfers) => transfers[index] ?? NO_TRANSFER);
  const rssMib = Math.max(...own.map(({ rssMib = Number.NaN }) => rssMib));
  return {
    subject,
    n: rounds.length,
    mibPerSecond: median(own.map(({ mibPerSecond }) => mibPerSecond)),
    ...(!Number.isNaN(rssMib) && { rssMib }),
    ratio: median(own.map(({ mibPerSecond }, round) => mibPerSecond / (rounds[round]?.[0]?.mibPerSecond ?? Number.NaN))),
  };
}
