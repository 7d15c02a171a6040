/** A figure that must not be above (`at-most`) or below (`at-least`) its limit. */
export interface Bar {
  readonly what: string;
  readonly value: number;
  readonly sense: 'at-most' | 'at-least';
  readonly limit: number;
  /** How far two measurements of the same thing lay apart in this run, in the figure's own unit; 0 where it does not vary. */
  readonly noise: number;
}

/** By how much a bar is missed; 0 where it holds. A figure that is not a number misses by infinity. */
export function missedBy({ value, sense, limit }: Bar): number {
  if (Number.isNaN(value)) return Number.POSITIVE_INFINITY;
  return Math.max(0, sense === 'at-most' ? value - limit : limit - value);
}

/** Missed, but by less than the noise: worth another measurement before it is called a miss. */
export function isDoubtful(bar: Bar): boolean {
  const missed = missedBy(bar);
  return missed > 0 && missed < bar.noise;
}

export function barText(bar: Bar): string {
  const { what, value, sense, limit, noise } = bar;
  const verdict = missedBy(bar) > 0 ? 'MISSED' : 'holds ';
  const give = noise > 0 ? `, noise ${round(noise)}` : '';
  return `${verdict}  ${what}: ${round(value)} (${sense.replace('-', ' ')} ${limit}${give})`;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
