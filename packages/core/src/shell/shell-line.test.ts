import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ShellLine } from './shell-line.ts';

const never = new AbortController().signal;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Notes what each of so many got, in the order in which they did. */
function waiting(line: ShellLine<string>, count: number): string[] {
  const got: string[] = [];
  for (let i = 0; i < count; i += 1) void line.wait(never).then((shell) => got.push(`${i}: ${shell ?? 'a process'}`));
  return got;
}

test('whoever came first gets the shell that comes back', async () => {
  const line = new ShellLine<string>();
  expect(line.hand('nobody waits')).toBe(false);
  const got = waiting(line, 3);
  expect([line.hand('a'), line.hand('b')]).toEqual([true, true]);
  await vi.advanceTimersByTimeAsync(0);
  expect(got).toEqual(['0: a', '1: b']);
});

test('while shells come back, all wait; while none does, one after the other starts a process', async () => {
  const line = new ShellLine<string>();
  line.hand('that was taken just now');
  const got = waiting(line, 5);
  await vi.advanceTimersByTimeAsync(2);
  line.hand('a');
  await vi.advanceTimersByTimeAsync(2);
  expect(got).toEqual(['0: a']);
  await vi.advanceTimersByTimeAsync(2);
  expect(got).toEqual(['0: a', '1: a process']);
  await vi.advanceTimersByTimeAsync(20);
  expect(got).toEqual(['0: a', '1: a process', '2: a process', '3: a process', '4: a process']);
  expect(vi.getTimerCount()).toBe(0);
});

test('where processes take longer to start, all wait longer, but not for long', async () => {
  let startMs = 8;
  const line = new ShellLine<string>(() => startMs);
  line.hand('that was taken just now');
  const got = waiting(line, 3);
  await vi.advanceTimersByTimeAsync(15);
  expect(got).toEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(got).toEqual(['0: a process']);
  startMs = 1_000;
  await vi.advanceTimersByTimeAsync(45);
  expect(got).toEqual(['0: a process']);
  await vi.advanceTimersByTimeAsync(10);
  expect(got).toEqual(['0: a process', '1: a process']);
  startMs = 0;
  await vi.advanceTimersByTimeAsync(55);
  expect(got).toHaveLength(3);
});

test('behind shells that have been busy for long nobody waits', async () => {
  const line = new ShellLine<string>();
  const got = waiting(line, 1);
  await vi.advanceTimersByTimeAsync(1);
  expect(got).toEqual(['0: a process']);
});

test('who gives up leaves the line', async () => {
  const line = new ShellLine<string>();
  line.hand('that was taken just now');
  const controller = new AbortController();
  const given = line.wait(controller.signal);
  const next = line.wait(never);
  controller.abort();
  expect(await given).toBeUndefined();
  line.hand('a');
  expect(await next).toBe('a');
  expect(line.isEmpty).toBe(true);
  expect(await line.wait(controller.signal)).toBeUndefined();
});

test('at its end nobody waits', async () => {
  const line = new ShellLine<string>();
  line.hand('that was taken just now');
  const waits = [line.wait(never), line.wait(never)];
  line.end();
  expect(await Promise.all(waits)).toEqual([undefined, undefined]);
});
