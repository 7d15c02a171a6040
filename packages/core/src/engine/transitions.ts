import { channel } from 'node:diagnostics_channel';
import type { ExecutionState } from '../execution.ts';
import type { Outcome } from '../result.ts';

/** What is published on the diagnostics channel `errand.execution` at each change of state. Holds no command, env or stdin. */
export interface ExecutionTransition {
  readonly executionId: string;
  readonly target: string;
  readonly state: ExecutionState;
  readonly labels: Readonly<Record<string, string>>;
  readonly tenant?: string;
  /** At `ended`, unless it certainly did not start. */
  readonly outcome?: Outcome;
  readonly exitCode?: number;
}

const transitions = channel('errand.execution');

/** Publishes a transition; costs nothing when nobody listens. */
export function publishTransition(make: () => ExecutionTransition): void {
  if (transitions.hasSubscribers) transitions.publish(make());
}
