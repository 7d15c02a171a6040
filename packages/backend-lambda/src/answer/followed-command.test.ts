import { expect, test } from 'vitest';
import type { Answer, Completion } from '../lambda-client.ts';
import { FrameEncoder } from '../protocol/encoder.ts';
import type { Frame } from '../protocol/frame.ts';
import { FollowedCommand, type Following } from './followed-command.ts';

/** An answer that the test writes. */
class Written implements Answer {
  isDestroyed = false;
  readonly #encoder = new FrameEncoder();
  readonly #events: (Uint8Array | Completion)[] = [];
  #isOver = false;
  #wake: () => void = () => {};

  readonly events: Answer['events'] = this.#read();

  write(...frames: readonly Frame[]): void {
    for (const frame of frames) this.#events.push(this.#encoder.encode(frame));
    this.#wake();
  }

  complete(): void {
    this.#events.push({ errorCode: undefined, errorDetails: undefined, log: '' });
    this.#wake();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.#isOver = true;
    this.#wake();
  }

  async *#read(): AsyncGenerator<Uint8Array | Completion> {
    for (;;) {
      const event = this.#events.shift();
      if (event) yield event;
      else if (this.#isOver) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function follow(more: Partial<Following> = {}): { answer: Written; command: FollowedCommand } {
  const answer = new Written();
  const command = new FollowedCommand(answer, { functionName: 'f', silenceMs: 10_000, ...more });
  command.stdout.resume();
  command.stderr.resume();
  return { answer, command };
}

test('a function that fell silent is let go of, and the outcome is not known', async () => {
  const { answer, command } = follow({ silenceMs: 100 });
  answer.write({ type: 'started' });
  await command.started;
  await expect(command.exit).rejects.toThrow('nothing was heard from the function for 100 ms');
  expect(answer.isDestroyed).toBe(true);
});

test('heartbeats are heard, and a reader that takes nothing is no silence', async () => {
  const { answer, command } = follow({ silenceMs: 150 });
  command.stdout.pause();
  answer.write({ type: 'started' });
  for (let i = 0; i < 8; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    answer.write({ type: 'heartbeat' });
  }
  answer.write({ type: 'stdout', data: Buffer.alloc(100_000) }, { type: 'stdout', data: Buffer.alloc(100_000) });
  await new Promise((resolve) => setTimeout(resolve, 500));
  command.stdout.resume();
  answer.write({ type: 'ended', ending: { outcome: 'exited', exitCode: 0 } });
  answer.complete();
  expect(await command.exit).toEqual({ exitCode: 0 });
});

test('what is over in its function is gone when the function is, not before', async () => {
  const { answer, command } = follow();
  let isGone = false;
  const gone = command.kill('SIGTERM', 'group').then((found) => {
    isGone = true;
    return found;
  });
  answer.write({ type: 'started' }, { type: 'ended', ending: { outcome: 'exited', exitCode: 0 } });
  await command.exit;
  await new Promise(setImmediate);
  expect(isGone).toBe(false);
  answer.complete();
  expect(await gone).toBe(false);
});

test('a cancel is told to the function, whose end is waited for', async () => {
  let told = 0;
  const tellCancel = async (): Promise<void> => {
    told += 1;
  };
  const { answer, command } = follow({ tellCancel });
  answer.write({ type: 'started' });
  await command.started;
  command.cancel();
  answer.write({ type: 'ended', ending: { outcome: 'cancelled', signal: 'SIGTERM' } });
  answer.complete();
  expect(await command.exit).toEqual({ cancelled: true, signal: 'SIGTERM' });
  expect(told).toBe(1);
});

test('where the function cannot be told of a cancel, or nothing tells it, nobody knows the end', async () => {
  for (const more of [{}, { tellCancel: () => Promise.reject(new Error('no bucket')) }]) {
    const { answer, command } = follow(more);
    answer.write({ type: 'started' });
    await command.started;
    command.cancel();
    await expect(command.exit).rejects.toThrow(/deadline/);
    expect(answer.isDestroyed).toBe(true);
    expect(await command.kill('SIGTERM', 'tree')).toBe(false);
  }
});

test('the end of a command that is ended is seen behind what its reader does not take, which is kept in bounds and counted', async () => {
  const { answer, command } = follow({ tellCancel: async () => {} });
  command.stdout.pause();
  const data = Buffer.alloc(100_000);
  answer.write({ type: 'started' }, ...Array.from({ length: 30 }, () => ({ type: 'stdout', data }) as const));
  await command.started;
  command.cancel();
  answer.write({ type: 'ended', ending: { outcome: 'cancelled' } });
  await command.exit;
  const kept = command.stdout.readableLength;
  expect(kept).toBeLessThan(1_300_000);
  expect(kept + (await command.dropped('stdout'))).toBe(3_000_000);
});
