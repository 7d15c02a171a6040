import type { ExecutionState } from '@errand/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startProgress } from './progress.ts';

let told: [progress: number, message: string][] = [];
beforeEach(() => {
  told = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function start(stateOf: () => ExecutionState = () => 'running'): { add(stream: 'stdout' | 'stderr', bytes: number): void; stop(): void } {
  const { signal } = new AbortController();
  const sendProgress = async (progress: number, message: string): Promise<void> => void told.push([progress, message]);
  const bytes = { stdout: 0, stderr: 0 };
  const stop = startProgress({ signal, abortIsAmbiguous: false, sendProgress }, () => ({
    state: stateOf(),
    ...bytes,
    newest: bytes.stdout > 150 ? 'a line' : '',
  }));
  return {
    add: (stream, count) => {
      bytes[stream] += count;
    },
    stop,
  };
}

test('a client that did not ask is told nothing', () => {
  startProgress({ signal: new AbortController().signal, abortIsAmbiguous: false }, () => ({
    state: 'running',
    stdout: 1,
    stderr: 0,
    newest: '',
  }));
  expect(vi.getTimerCount()).toBe(0);
});

test('output is told every 500 ms, as often as it may come', () => {
  const progress = start();
  for (let ms = 0; ms < 1_400; ms += 10) {
    progress.add('stdout', 2);
    vi.advanceTimersByTime(10);
  }
  progress.stop();
  expect(told).toEqual([
    [500, 'running; 1 s since the call; stdout 100 bytes, stderr 0 bytes'],
    [1_000, 'running; 1 s since the call; stdout 200 bytes, stderr 0 bytes: a line'],
  ]);
});

test('without output a client hears every 5 s that the command still runs', () => {
  const progress = start();
  progress.add('stderr', 3);
  vi.advanceTimersByTime(11_000);
  progress.stop();
  expect(told.map(([at]) => at)).toEqual([500, 5_500, 10_500]);
});

test('nothing is told, and no timer left, after the end', () => {
  const progress = start();
  progress.add('stdout', 1);
  progress.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual([]);
});

test('a command that waits for its turn, or for its target, is not told to run', () => {
  let state: ExecutionState = 'queued';
  const progress = start(() => state);
  vi.advanceTimersByTime(5_000);
  state = 'starting';
  vi.advanceTimersByTime(5_000);
  state = 'running';
  vi.advanceTimersByTime(5_000);
  progress.stop();
  expect(told.map(([, message]) => message)).toEqual([
    'waiting for its turn; 5 s since the call',
    'starting; 10 s since the call',
    'running; 15 s since the call; stdout 0 bytes, stderr 0 bytes',
  ]);
});
