import { describe, expect, it } from 'vitest';
import { measureLatency } from './latency.ts';

describe('measuring latency', () => {
  it('runs every subject n times, in blocks of at most 50 that take turns, so many in flight', async () => {
    const order: string[] = [];
    let inFlight = 0;
    let most = 0;
    const runner = (name: string) => ({
      name,
      run: async () => {
        if (order.at(-1) !== name) order.push(name);
        inFlight += 1;
        most = Math.max(most, inFlight);
        await Promise.resolve();
        inFlight -= 1;
      },
    });
    const { figures, bars } = await measureLatency({
      base: runner('base'),
      others: [runner('other')],
      n: 120,
      width: 8,
      bars: { p50RatioAtMost: { other: 2 } },
    });
    expect(figures.map(({ subject, n }) => [subject, n])).toEqual([
      ['base', 120],
      ['base (again)', 120],
      ['other', 120],
    ]);
    expect(order.length).toBeGreaterThanOrEqual(6);
    expect(most).toBe(8);
    expect(bars.map(({ what, limit }) => [what, limit])).toEqual([["other: p50 ÷ base's", 2]]);
  });

  it('makes blocks as small as they are wanted', async () => {
    const blocks: number[] = [];
    const counted = {
      name: 'counted',
      run: () => Promise.reject(new Error('It runs blocks.')),
      block: async (count: number) => {
        blocks.push(count);
        return { latencies: Array.from({ length: count }, () => 1), seconds: 1 };
      },
    };
    await measureLatency({ base: { name: 'base', run: async () => {} }, others: [counted], n: 25, width: 1, bars: {}, blockSize: 10 });
    expect(blocks).toEqual([10, 10, 10, 5]);
  });

  it('gives the ratio to the first subject, and fails where a command fails', async () => {
    const waiting = (name: string, turns: number) => ({
      name,
      run: async () => {
        const until = performance.now() + turns;
        while (performance.now() < until);
      },
    });
    const { figures } = await measureLatency({ base: waiting('base', 0.2), others: [waiting('slow', 0.6)], n: 100, width: 1, bars: {} });
    expect(figures[2]?.ratio).toBeGreaterThan(2);
    const broken = { name: 'broken', run: () => Promise.reject(new Error('it broke')) };
    await expect(measureLatency({ base: broken, others: [], n: 1, width: 1, bars: {} })).rejects.toThrow('it broke');
  });

  it('takes the blocks of who counts them itself, and holds one of the others against another', async () => {
    const counted = (name: string, ms: number) => ({
      name,
      run: () => Promise.reject(new Error('It runs blocks.')),
      block: async (count: number) => ({ latencies: Array.from({ length: count }, () => ms), seconds: (count * ms) / 1000 }),
    });
    const { figures, bars } = await measureLatency({
      base: { name: 'base', run: async () => {} },
      others: [counted('fast', 1), counted('slow', 4)],
      n: 60,
      width: 2,
      bars: { rateOverAtLeast: { fast: { slow: 5 } }, p50OverAtMost: { fast: { slow: 0.5 } } },
    });
    expect(figures.slice(2).map(({ n, p50Ms, perSecond }) => [n, p50Ms, Math.round(perSecond ?? 0)])).toEqual([
      [60, 1, 1000],
      [60, 4, 250],
    ]);
    expect(bars.map(({ what, value, limit }) => [what, value, limit])).toEqual([
      ["fast: commands a second ÷ slow's", 4, 5],
      ["fast: p50 ÷ slow's", 0.25, 0.5],
    ]);
  });
});
