import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Execution, ExecutionTransition } from '@errand/core';

const TRANSITIONS = 'errand.execution';

/** Resolves when an execution certainly runs, or ended without anybody knowing. Rejects as its `result` does when it did not start. */
export async function whenRunning(execution: Execution): Promise<void> {
  const { promise: running, resolve } = Promise.withResolvers<void>();
  const listener = (message: unknown): void => {
    const { executionId, state } = message as ExecutionTransition;
    if (executionId === execution.id && state === 'running') resolve();
  };
  subscribe(TRANSITIONS, listener);
  try {
    if (execution.state !== 'running') await Promise.race([running, execution.result]);
  } finally {
    unsubscribe(TRANSITIONS, listener);
  }
}
