import type { DetachedExecution } from '@errand/core';

/** `running`, `exited 0`, `signaled SIGKILL`, `timed-out`, `unknown`. */
export function stateText({ state, outcome, exitCode, signal }: Partial<Omit<DetachedExecution, 'id'>>): string {
  if (state === 'running') return state;
  if (outcome === 'exited') return `exited ${exitCode}`;
  if (outcome === 'signaled') return `signaled ${signal}`;
  return outcome ?? 'unknown';
}
