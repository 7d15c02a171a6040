import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ExecResult, Execution, ExecutionTransition } from '@errand/core';

const TRANSITIONS = 'errand.execution';

/**
 * Resolves when an execution that was just spawned certainly runs, and with a result when nobody can know. Rejects as `result`
 * does when it certainly did not start.
 */
export async function whenRunning({ id, result }: Execution): Promise<ExecResult | undefined> {
  const { promise: running, resolve } = Promise.withResolvers<undefined>();
  const listener = (message: unknown): void => {
    const { executionId, state } = message as ExecutionTransition;
    if (executionId === id && state === 'running') resolve(undefined);
  };
  subscribe(TRANSITIONS, listener);
  try {
    return await Promise.race([running, result]);
  } finally {
    unsubscribe(TRANSITIONS, listener);
  }
}
