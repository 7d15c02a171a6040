import type { ByteChannel } from '@errand/core';

/** Where commands run. */
export interface ContainerSource {
  /** As whom, where that is not the container's own user. */
  readonly user: string | undefined;
  /** The id of a container that runs and has a shell. */
  ready(signal: AbortSignal): Promise<string>;
  /** The shell that is its main process, and ends all of it with itself; to whom asks first. Absent where that is something else. */
  mainShell?(id: string): ByteChannel | undefined;
  /** The daemon says that it does not run any more. Returns whether another may be had. */
  lost(id: string): boolean;
  /** Whether the kernel ended something of it for want of memory since this time, as `performance.now()` has it; `inside`: see `lookInside`. */
  ranOutOfMemory(id: string, inside: string, since: number): boolean;
  /** Rejects where commands would find no container, as far as can be said without making one. */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
