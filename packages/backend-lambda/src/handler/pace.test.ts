import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

/** A pace by a clock that only waiting moves. */
function rig() {
  const clock = { ms: 0 };
  const wait = async (ms: number): Promise<void> => {
    clock.ms += ms;
  };
  return { clock, pace: new Pace(() => clock.ms, wait) };
}

describe('the pace of output', () => {
  it('does not hold back a few small pieces, nor large ones', async () => {
    const { clock, pace } = rig();
    for (let i = 0; i < 8; i += 1) await pace.keep(1);
    for (let i = 0; i < 100; i += 1) await pace.keep(4_096);
    expect(clock.ms).toBe(0);
  });

  it('lets a flood of small pieces through one after another, each some time after the one before', async () => {
    const { clock, pace } = rig();
    for (let i = 0; i < 1_008; i += 1) await pace.keep(1);
    expect(clock.ms).toBe(2_000);
  });

  it('does not hold back what comes a while after a flood', async () => {
    const { clock, pace } = rig();
    for (let i = 0; i < 1_000; i += 1) await pace.keep(1);
    clock.ms += 100;
    for (let i = 0; i < 8; i += 1) await pace.keep(1);
    expect(clock.ms).toBe(2_084);
  });
});
