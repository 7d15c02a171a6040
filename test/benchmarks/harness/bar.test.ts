import { describe, expect, it } from 'vitest';
import { type Bar, isDoubtful, missedBy } from './bar.ts';

const bar = (value: number, noise = 0.05): Bar => ({ what: 'p50', value, sense: 'at-most', limit: 1.15, noise });

describe('a bar', () => {
  it('holds at its limit and is missed beyond it', () => {
    expect(missedBy(bar(1.15))).toBe(0);
    expect(missedBy(bar(1.25))).toBeCloseTo(0.1);
    expect(missedBy({ ...bar(0.8), sense: 'at-least', limit: 0.9 })).toBeCloseTo(0.1);
  });

  it('is missed where nothing was measured', () => {
    expect(missedBy(bar(Number.NaN))).toBe(Number.POSITIVE_INFINITY);
  });

  it('is doubtful only where it is missed by less than the noise', () => {
    expect(isDoubtful(bar(1.1))).toBe(false);
    expect(isDoubtful(bar(1.18))).toBe(true);
    expect(isDoubtful(bar(1.3))).toBe(false);
    expect(isDoubtful(bar(1.18, 0))).toBe(false);
  });
});
