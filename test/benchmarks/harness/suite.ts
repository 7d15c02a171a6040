import { type Bar, isDoubtful } from './bar.ts';
import type { Figures, Row } from './row.ts';

/** What one measurement of a case gave. */
export interface Measurement {
  readonly figures: readonly Figures[];
  readonly bars: readonly Bar[];
}

/** One thing that a suite measures. */
export interface Case {
  readonly name: string;
  /** How often, where the caller does not say: what it counts is the case's own (commands, runs). */
  readonly n: number;
  measure(n: number): Promise<Measurement>;
}

/** A file in suites/. */
export interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}

export interface CaseResult {
  readonly rows: readonly Row[];
  readonly bars: readonly Bar[];
}

/**
 * Measures one case. Where a bar is missed by less than the noise, the case is measured once more with three times the n, and
 * that decides.
 */
export async function runCase(suite: string, { name, n, measure }: Case, scale: number): Promise<CaseResult> {
  const wanted = Math.max(1, Math.round(n * scale));
  let result = await measure(wanted);
  if (result.bars.some(isDoubtful)) result = await measure(wanted * 3);
  return {
    rows: result.figures.map((figures) => ({ suite, case: name, ...figures })),
    bars: result.bars.map((bar) => ({ ...bar, what: `${name}, ${bar.what}` })),
  };
}
