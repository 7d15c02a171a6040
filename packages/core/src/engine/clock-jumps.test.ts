import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Executor } from '../executor.ts';
import { localExecutor } from '../local/local-executor.ts';

const DAY_MS = 86_400_000;
const executors: Executor[] = [];

function open(options: Parameters<typeof localExecutor>[0] = {}): Executor {
  const executor = localExecutor(options);
  executors.push(executor);
  return executor;
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(executors.splice(0).map((executor) => executor.close()));
});

/** Lets the clock of this process jump, to and fro, while `body` runs. */
async function whileClockJumps(body: () => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'] });
  let jump = 400 * DAY_MS;
  const jumping = setInterval(() => {
    vi.setSystemTime(Date.now() + jump);
    jump = -jump;
  }, 20);
  try {
    await body();
  } finally {
    clearInterval(jumping);
  }
}

describe('while the clock jumps by more than a year and back', () => {
  test.each([{}, { shells: {} }])('commands keep their deadlines, and end no sooner (%o)', async (options) => {
    const executor = open(options);
    await whileClockJumps(async () => {
      const [late, whole] = await Promise.all([
        executor.exec('sleep 67', { timeoutMs: 400, killGraceMs: 300 }),
        executor.exec('sleep 0.3; echo over', { timeoutMs: 20_000, idleTimeoutMs: 20_000 }),
      ]);
      expect(late.outcome).toBe('timed-out');
      expect(whole.stdout.text).toBe('over\n');
      for (const { timings } of [late, whole]) expect(timings.runMs).toBeLessThan(20_000);
    });
  });

  test('a session goes on', async () => {
    const session = await open().openSession();
    await whileClockJumps(async () => {
      expect((await session.exec('A=kept; sleep 67', { timeoutMs: 300, killGraceMs: 300 })).outcome).toBe('timed-out');
      expect((await session.exec('sleep 0.2; echo over')).stdout.text).toBe('over\n');
    });
  });

  test('an idempotency key is remembered', async () => {
    const executor = open();
    await whileClockJumps(async () => {
      const first = await executor.exec('echo $$', { idempotencyKey: 'once' });
      expect((await executor.exec('echo $$', { idempotencyKey: 'once' })).stdout.text).toBe(first.stdout.text);
    });
  });
});
