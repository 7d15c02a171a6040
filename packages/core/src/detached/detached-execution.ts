import type { Outcome, Signal } from '../result.ts';

/** A detached execution as its target lists it. */
export interface DetachedExecution {
  /** For `attach`. */
  readonly id: string;
  readonly state: 'running' | 'ended';
  /** The script, or the words of argv as a shell would take them; cut after 256 characters. */
  readonly command: string;
  /** When it was submitted, as ISO 8601, by the clock of whoever submitted it. */
  readonly startedAt: string;
  /** Bytes kept on the target. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** Once it ended; `unknown` when its guardian was ended from outside, or the target was restarted. */
  readonly outcome?: Outcome;
  readonly exitCode?: number;
  readonly signal?: Signal;
}
