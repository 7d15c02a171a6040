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
});
