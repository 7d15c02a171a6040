import type { ProcessExit } from '@errand/core';

/** A container of a pod that runs. */
export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  /** Of this pod alone, and of this run of its container. */
  readonly id: string;
}

/** Where commands run. */
export interface PodSource {
  /** One that runs. Rejects with an `ExecError`, or the reason of `signal`: then nothing was started. */
  ready(signal: AbortSignal): Promise<RunningPod>;
  /** What it waits for, as a clause. */
  readonly waitsFor: string | undefined;
  /** The cluster says that it does not run any more. Returns whether another may be had. */
  lost(pod: RunningPod): boolean;
  /** How commands in it ended, where it ended under them; undefined while it runs. */
  endOf(pod: RunningPod, signal: AbortSignal): Promise<ProcessExit | undefined>;
  /** Whether the kernel ended something of it for want of memory since this time, as `performance.now()` has it; `inside`: see `lookInside`. */
  ranOutOfMemory(pod: RunningPod, inside: string, since: number): boolean;
  /** Rejects where commands would find none, as far as can be said without making one. */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
