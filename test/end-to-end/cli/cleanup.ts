import { afterAll } from 'vitest';

const cleanups: (() => unknown)[] = [];

/** Does this when all tests of the file are over: tests that run beside each other have no hook of their own outside their body. */
export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});
