import { afterEach, expect, test, vi } from 'vitest';
import { endTree } from './end-tree.ts';

afterEach(() => vi.useRealTimers());

test('who ends a tree on a target that does not answer is told in time, and what was begun is finished once it answers', async () => {
  vi.useFakeTimers();
  const sent: string[] = [];
  const { promise: answered, resolve: thaw } = Promise.withResolvers<boolean>();
  const kill = async (signal: string): Promise<boolean> => {
    sent.push(signal);
    return sent.includes('SIGKILL') ? false : answered;
  };
  const { gone } = endTree({ kill }, { signal: 'SIGTERM', graceMs: 100, scope: 'group' });
  const heard = vi.fn();
  gone.then(heard);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(heard).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(heard).toHaveBeenCalledWith(false);
  expect(sent).toEqual(['SIGTERM']);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  thaw(true);
  await vi.waitFor(() => expect(sent.at(-1)).toBe('SIGKILL'), { timeout: 5_000 });
});
