import { describe, expect, it } from 'vitest';
import { type Case, runCase } from './suite.ts';

/** A case whose figure is another at each measurement; tells the n of each. */
function caseGiving(...values: readonly number[]): Case & { readonly asked: number[] } {
  const asked: number[] = [];
  const measure = async (n: number) => {
    const value = values[asked.push(n) - 1] ?? Number.NaN;
    return {
      figures: [{ subject: 'it', n, ratio: value }],
      bars: [{ what: 'ratio', value, sense: 'at-most', limit: 1, noise: 0.1 } as const],
    };
  };
  return { name: 'case', n: 100, asked, measure };
}

describe('a case', () => {
  it('is measured once where its bars hold, or are missed by more than the noise', async () => {
    const holds = caseGiving(0.9);
    const missed = caseGiving(1.5);
    await runCase('suite', holds, 1);
    await runCase('suite', missed, 1);
    expect([holds.asked, missed.asked]).toEqual([[100], [100]]);
  });

  it('is measured again with three times the n where a bar is missed by less than the noise, and that decides', async () => {
    const doubtful = caseGiving(1.05, 0.98);
    const result = await runCase('suite', doubtful, 0.5);
    expect(doubtful.asked).toEqual([50, 150]);
    expect(result.rows).toEqual([{ suite: 'suite', case: 'case', subject: 'it', n: 150, ratio: 0.98 }]);
    expect(result.bars[0]?.value).toBe(0.98);
  });
});
